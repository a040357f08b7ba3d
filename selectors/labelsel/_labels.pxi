# labels.py, compiled: `are_strings`.


def are_strings(labels, bint or_none=False):
    cdef PyObject *key
    cdef PyObject *value
    cdef Py_ssize_t position = 0
    if type(labels) is not dict:
        return False
    # The strings lie all over the memory: they are fetched at once, not one after the other.
    while PyDict_Next(<PyObject *>labels, &position, &key, &value):
        prefetch(key)
        prefetch(value)
    position = 0
    while PyDict_Next(<PyObject *>labels, &position, &key, &value):
        if not PyUnicode_CheckExact(key):
            return False
        if not PyUnicode_CheckExact(value) and not (or_none and value == <PyObject *>None):
            return False
    return True
