# cython: language_level=3, wraparound=False, nonecheck=True, freethreading_compatible=False
# cython: subinterpreters_compatible=no, binding=False
"""The compiled core: what is hot in the index and the reverse index, once more, compiled.

Pure Python code defines each class and function, under the same name, in a module beside the file
that is included here: the first line of the file names it. `labelsel.core` chooses between both.

Rules: nothing here imports labelsel. An index into memory that comes from outside is checked; a
list is indexed by Cython, which checks it. Whatever may run Python code (an `==` of a caller's key)
may change the very table that is read, so what is read meanwhile is held: arrays that a table drops
stay as they are. The caller holds the lock of the index.
"""

from cpython cimport array
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport Py_EQ, PyObject, PyObject_RichCompareBool
from libc.stdint cimport UINT32_MAX, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

import array as _array
from sys import getswitchinterval
from time import monotonic

# Increased together with INTERFACE in core.py.
INTERFACE = 4

# Templates for arrays of C numbers.
cdef array.array _HALVES = _array.array("H")
cdef array.array _WORDS = _array.array("I")
cdef array.array _QUADS = _array.array("Q")

cdef enum:
    TURN = 4096  # steps, some 0.1 to 2 ms, after which `give_way` is called

cdef double _last_turn = 0


cdef bint is_turn() except -1:
    """Whether it is time to release the GIL. Other threads ask for it after an interval without a
    release; if it comes sooner they wake too late: one waited 0.3 s (benchmarks.waiting)."""
    global _last_turn
    cdef double now = monotonic()
    if now < _last_turn + 1.2 * <double>getswitchinterval():
        return False
    _last_turn = now
    return True


cdef int give_way() except -1:
    """Let another thread run if one waits. Without it they would wait until a long call ends."""
    if is_turn():
        with nogil:
            pass
    return 0


cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define LABELSEL_PREFETCH(address) __builtin_prefetch(address)
    #else
    #define LABELSEL_PREFETCH(address) ((void)(address))
    #endif
    #define LABELSEL_NEW(type, arguments, names) ((PyTypeObject *)type)->tp_new( \
        (PyTypeObject *)type, arguments, names)
    /* An array without numbers has no address, and memcpy takes none, not even for no bytes. */
    static CYTHON_INLINE void labelsel_copy(void *target, const void *source, size_t bytes) {
        if (bytes) memcpy(target, source, bytes);
    }
    /* Whether two exact strings that were hashed, and so are in their canonical form, are equal. */
    static CYTHON_INLINE int labelsel_same(PyObject *one, PyObject *other) {
        return one == other
            || (PyUnicode_GET_LENGTH(one) == PyUnicode_GET_LENGTH(other)
                && PyUnicode_KIND(one) == PyUnicode_KIND(other)
                && memcmp(PyUnicode_DATA(one), PyUnicode_DATA(other),
                          (size_t)PyUnicode_GET_LENGTH(one) * PyUnicode_KIND(one)) == 0);
    }
    """
    void prefetch "LABELSEL_PREFETCH"(const void *address) noexcept
    void copy_bytes "labelsel_copy"(void *target, const void *source, size_t size) noexcept
    bint same_text "labelsel_same"(PyObject *one, PyObject *other) noexcept
    object new_object "LABELSEL_NEW"(object type_, object arguments, void *names)
    # Cython's own declarations take objects, and these are borrowed.
    bint PyDict_CheckExact(PyObject *labels) noexcept
    Py_ssize_t PyDict_Size(PyObject *labels) except -1
    bint PyDict_Next(PyObject *labels, Py_ssize_t *at, PyObject **key, PyObject **value) noexcept
    PyObject *PyList_GET_ITEM(PyObject *items, Py_ssize_t number) noexcept
    bint PyUnicode_CheckExact(PyObject *value) noexcept
    Py_hash_t PyObject_Hash(PyObject *value) except? -1
    int PyGC_Disable() noexcept
    int PyGC_Enable() noexcept


include "_labels.pxi"
include "index/_slot_table.pxi"
include "index/_bulk_load.pxi"
include "index/_row_changes.pxi"
include "index/_answers.pxi"
include "live/_bits.pxi"
