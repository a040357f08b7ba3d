# index/value_table.py, compiled: `SlotTable`, slot by slot the same.

cdef extern from *:
    # An int, and none that Cython might take for a Python object.
    """
    #define LABELSEL_FACTOR 0x9E3779B97F4A7C15ULL
    """
    const uint64_t FACTOR "LABELSEL_FACTOR"

cdef enum:
    MIN_SLOTS = 8
    MOVED_SLOTS = 8

cdef uint32_t REMOVED = UINT32_MAX
cdef double MAX_LOAD = 0.65


cdef inline uint32_t mix(Py_hash_t hashed) noexcept:
    return <uint32_t>(<uint64_t>hashed * FACTOR >> 32)


cdef inline uint32_t larger(uint32_t size) noexcept:
    return size // 2 * 3 if size & (size - 1) == 0 else size // 3 * 4


cdef void mark(array.array slots, uint32_t number, uint32_t mixed) noexcept:
    """Mark the slot of a number as removed, if it has one."""
    cdef uint32_t size = <uint32_t>len(slots), slot = mixed % size, entry
    while True:
        entry = slots.data.as_uints[slot]
        if entry == number + 1:
            slots.data.as_uints[slot] = REMOVED
        if not entry or entry == number + 1:
            return
        slot = 0 if slot + 1 == size else slot + 1


cdef class SlotTable:
    cdef readonly list _items
    cdef readonly array.array _slots, _old
    cdef readonly uint32_t _used, _count, _cursor

    def __cinit__(self, list items not None):
        self._items = items
        self._slots = array.clone(_WORDS, MIN_SLOTS, True)

    def find(self, item):
        return self.number_of(item)

    cdef Py_ssize_t number_of(self, object item) except -2:
        cdef uint32_t mixed = mix(PyObject_Hash(<PyObject *>item))
        cdef Py_ssize_t found = self.search(self._slots, item, mixed)
        if found == -1 and self._old is not None:
            found = self.search(self._old, item, mixed)
        return found

    cdef Py_ssize_t search(self, array.array slots, object item, uint32_t mixed) except -2:
        cdef uint32_t size = <uint32_t>len(slots), slot = mixed % size, number
        cdef bint is_text = PyUnicode_CheckExact(<PyObject *>item)
        while True:
            number = slots.data.as_uints[slot]
            if not number:
                return -1
            if number != REMOVED:
                found = self._items[number - 1]
                if is_text and PyUnicode_CheckExact(<PyObject *>found):
                    if same_text(<PyObject *>found, <PyObject *>item):
                        return number - 1
                elif PyObject_RichCompareBool(found, item, Py_EQ):
                    return number - 1
            slot += 1
            if slot == size:
                slot = 0

    def add(self, uint32_t number):
        cdef uint32_t size
        if self._old is not None:
            self.move(MOVED_SLOTS)
        elif self._used >= MAX_LOAD * len(self._slots):
            self._old, self._cursor, self._used = self._slots, 0, 0
            size = <uint32_t>len(self._old)
            size = size if 2 * self._count < size else larger(size)
            self._slots = array.clone(_WORDS, size, True)
        self.put(number)
        self._count += 1

    def remove(self, uint32_t number):
        cdef uint32_t mixed = self.mixed(number)
        mark(self._slots, number, mixed)
        self._count -= 1
        if self._old is not None:
            mark(self._old, number, mixed)
            self.move(MOVED_SLOTS)

    def copy_slots(self, SlotTable other not None):
        self._slots = other._slots[:]
        self._old = None if other._old is None else other._old[:]
        self._used, self._count, self._cursor = other._used, other._count, other._cursor

    def _fill(self, numbers, uint32_t size):
        self._slots, self._old = array.clone(_WORDS, size, True), None
        self._used = self._count = 0
        for number in numbers:
            self.put(number)
            self._count += 1
            if not self._count % TURN:
                give_way()

    cdef uint32_t mixed(self, uint32_t number) except? 0:
        return mix(hash(self._items[number]))

    cdef int put(self, uint32_t number) except -1:
        cdef uint32_t slot = self.mixed(number), size
        cdef array.array slots = self._slots
        size = <uint32_t>len(slots)
        if self._used + 1 >= size:
            raise AssertionError("a table has no free slot")
        slot %= size
        while slots.data.as_uints[slot]:
            slot = 0 if slot + 1 == size else slot + 1
        slots.data.as_uints[slot] = number + 1
        self._used += 1
        return 0

    cdef int move(self, uint32_t slots) except -1:
        cdef array.array old = self._old
        cdef uint32_t slot, entry, end = min(self._cursor + slots, <uint32_t>len(old))
        for slot in range(self._cursor, end):
            entry = old.data.as_uints[slot]
            if entry and entry != REMOVED:
                self.put(entry - 1)
        self._cursor = end
        if end == len(old):
            self._old = None
        return 0
