# live/bit_matrix.py, compiled.
