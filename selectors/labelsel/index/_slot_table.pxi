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
        if self._old is not None:
            self.move(MOVED_SLOTS)
        elif self._used >= MAX_LOAD * len(self._slots):
            self._old, self._cursor, self._used = self._slots, 0, 0
            self._slots = array.clone(_WORDS, larger(<uint32_t>len(self._old)), True)
        self.put(number)
        self._count += 1

    def remove(self, uint32_t number):
        cdef uint32_t mixed = self.mixed(number), slot, size
        cdef array.array old
        slot = self.slot_of(self._slots, number, mixed)
        if slot != UINT32_MAX:
            self.close_gap(slot)
            self._used -= 1
        self._count -= 1
        if self._old is not None:
            slot = self.slot_of(self._old, number, mixed)
            if slot != UINT32_MAX:
                self._old.data.as_uints[slot] = REMOVED
            self.move(MOVED_SLOTS)

    def _fill(self, numbers, uint32_t size):
        """Replace the table by one of so many slots with these numbers."""
        self._slots, self._old = array.clone(_WORDS, size, True), None
        self._used = self._count = 0
        for number in numbers:
            self.put(number)
            self._count += 1

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

    cdef uint32_t slot_of(self, array.array slots, uint32_t number, uint32_t mixed):
        """Return the slot of a number, UINT32_MAX if it has none."""
        cdef uint32_t size = <uint32_t>len(slots), slot = mixed % size, entry
        while True:
            entry = slots.data.as_uints[slot]
            if entry == number + 1:
                return slot
            if not entry:
                return UINT32_MAX
            slot = 0 if slot + 1 == size else slot + 1

    cdef int close_gap(self, uint32_t hole) except -1:
        cdef array.array slots = self._slots
        cdef uint32_t size = <uint32_t>len(slots), slot = hole, entry, home
        while True:
            slot = 0 if slot + 1 == size else slot + 1
            entry = slots.data.as_uints[slot]
            if not entry:
                break
            home = self.mixed(entry - 1) % size
            # Whether home is outside the circular range (hole, slot].
            if (slot + size - home) % size >= (slot + size - hole) % size:
                slots.data.as_uints[hole] = entry
                hole = slot
        slots.data.as_uints[hole] = 0
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
