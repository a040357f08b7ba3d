# index/bulk_load.py, compiled: `code_labels`.
#
# Nine million strings are spread over the memory, and to fetch one takes longer than all that is
# done with it. So label sets are read in blocks: one pass notes the strings of a block and lets the
# processor fetch them, the next one hashes them and lets it fetch the slots of the table, and the
# last one looks them up.
#
# Strings are borrowed from their label sets. That is safe because nothing here runs Python code:
# sets are exact dicts, keys and values exact strings, and the garbage collector waits.

cdef enum:
    BLOCK = 32  # label sets
    ADDRESSES = 256  # keys that are found by their address: decoders share the keys of a page


cdef struct Pair:
    PyObject *key
    PyObject *value
    uint64_t hashed
    uint32_t column


def code_labels(list sets not None, dict columns not None, list values not None):
    cdef _LabelCoder coder = _LabelCoder(columns, values)
    cdef int enabled = PyGC_Disable()
    try:
        coder.code(sets)
    finally:
        if enabled:
            PyGC_Enable()
    new = {key: coder.new[number] for key, number in coder.numbers.items() if coder.new[number]}
    return coder.codes, coder.sizes, new


cdef class _LabelCoder:
    """What one call of `code_labels` knows so far.

    A slot of the table is two numbers: the hash of a value mixed with its column; then the column
    and the code plus one, 32 bits each, or 0 if the slot is free.
    """

    cdef dict columns, numbers
    cdef list values, tables, new, texts, held
    cdef array.array slots, codes, sizes, new_columns, address_columns, room
    cdef PyObject *addresses[ADDRESSES]
    cdef uint64_t mask, used
    cdef Py_ssize_t coded, waiting

    def __cinit__(self, dict columns, list values):
        self.columns, self.values = columns, values
        self.numbers, self.tables, self.new, self.texts = {}, [], [], []
        self.held = [None] * ADDRESSES
        self.mask = 1023
        self.slots = array.clone(_QUADS, 2048, True)
        self.codes, self.new_columns = array.clone(_WORDS, 0, False), array.clone(_WORDS, 0, False)
        self.room = array.clone(_QUADS, 0, False)
        self.address_columns = array.clone(_WORDS, ADDRESSES, True)
        memset(self.addresses, 0, sizeof(self.addresses))

    cdef int code(self, list sets) except -1:
        cdef Py_ssize_t start, count = len(sets)
        self.sizes = array.clone(_WORDS, count, True)
        for start in range(0, count, BLOCK):
            self.read(sets, start, min(start + BLOCK, count))
            self.hash_all()
            self.look_up()
        array.resize(self.codes, self.coded)
        self.order()
        return 0

    cdef int read(self, list sets, Py_ssize_t start, Py_ssize_t end) except -1:
        """Note the keys and values of some sets. TypeError if one is neither a dict nor None."""
        cdef Py_ssize_t number, position, needed = 0
        cdef uint32_t *sizes = self.sizes.data.as_uints
        cdef PyObject *labels
        cdef PyObject *key
        cdef PyObject *value
        cdef Pair *pair
        for number in range(start, end):
            labels = PyList_GET_ITEM(<PyObject *>sets, number)
            if labels != <PyObject *>None:
                if not PyDict_CheckExact(labels):
                    raise TypeError
                sizes[number] = <uint32_t>PyDict_Size(labels)
                needed += sizes[number]
        if needed * <Py_ssize_t>sizeof(Pair) > 8 * len(self.room):
            array.resize(self.room, needed * <Py_ssize_t>sizeof(Pair) // 4)
        pair = <Pair *>self.room.data.as_chars
        for number in range(start, end):
            labels = PyList_GET_ITEM(<PyObject *>sets, number)
            if labels == <PyObject *>None:
                continue
            position = 0
            while PyDict_Next(labels, &position, &key, &value):
                prefetch(value)
                pair.key, pair.value = key, value
                pair += 1
        self.waiting = needed
        return 0

    cdef int hash_all(self) except -1:
        """Find the column and the hash of each pair. TypeError if one is not two strings."""
        cdef Pair *pair = <Pair *>self.room.data.as_chars
        cdef uint64_t *slots = <uint64_t *>self.slots.data.as_ulonglongs
        cdef uint32_t *address_columns = self.address_columns.data.as_uints
        cdef Py_ssize_t number, place
        for number in range(self.waiting):
            if not (PyUnicode_CheckExact(pair.key) and PyUnicode_CheckExact(pair.value)):
                raise TypeError
            place = (<size_t>pair.key >> 4) % ADDRESSES
            if self.addresses[place] != pair.key:
                self.find_column(<str>pair.key, place)
            pair.column = address_columns[place]
            pair.hashed = <uint64_t>PyObject_Hash(pair.value) + pair.column * FACTOR
            prefetch(&slots[2 * (pair.hashed & self.mask)])
            pair += 1
        return 0

    cdef int find_column(self, str key, Py_ssize_t place) except -1:
        """Note the column of a key for the address of the key, which is kept alive."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.numbers)
            column = self.columns.get(key)
            self.tables.append(None if column is None else column.codes)
            self.new.append([])
        self.held[place], self.addresses[place] = key, <PyObject *>key
        self.address_columns.data.as_uints[place] = number
        return 0

    cdef int look_up(self) except -1:
        """Append the code of each pair."""
        cdef Pair *pair = <Pair *>self.room.data.as_chars
        cdef uint64_t *slots = <uint64_t *>self.slots.data.as_ulonglongs
        cdef uint64_t slot, entry
        cdef Py_ssize_t number
        if self.coded + self.waiting > len(self.codes):
            array.resize(self.codes, 2 * (self.coded + self.waiting))
        for number in range(self.waiting):
            slot = pair.hashed & self.mask
            while True:
                entry = slots[2 * slot + 1]
                if not entry:
                    entry = self.add(pair, slot)
                    slots = <uint64_t *>self.slots.data.as_ulonglongs
                    break
                if (
                    slots[2 * slot] == pair.hashed
                    and entry >> 32 == pair.column
                    and same_text(self.text_of(<uint32_t>entry - 1), pair.value)
                ):
                    break
                slot = (slot + 1) & self.mask
            self.codes.data.as_uints[self.coded] = <uint32_t>entry - 1
            self.coded += 1
            pair += 1
        return 0

    cdef inline PyObject *text_of(self, uint32_t code) noexcept:
        cdef Py_ssize_t known = len(self.values)
        if code < known:
            return PyList_GET_ITEM(<PyObject *>self.values, code)
        return PyList_GET_ITEM(<PyObject *>self.texts, code - known)

    cdef uint64_t add(self, Pair *pair, uint64_t slot) except 0:
        """Put a label into a free slot, with the code that the store has for it, or a new one."""
        cdef uint64_t *slots = <uint64_t *>self.slots.data.as_ulonglongs
        cdef str value = <str>pair.value
        cdef SlotTable table = self.tables[pair.column]
        cdef Py_ssize_t code = -1 if table is None else table.number_of(value)
        if code < 0:
            code = len(self.values) + len(self.texts)
            if code >= UINT32_MAX:
                raise OverflowError("an index has at most 4,294,967,295 distinct labels")
            self.texts.append(value)
            (<list>self.new[pair.column]).append(value)
            array.resize_smart(self.new_columns, len(self.texts))
            self.new_columns.data.as_uints[len(self.texts) - 1] = pair.column
        slots[2 * slot] = pair.hashed
        slots[2 * slot + 1] = <uint64_t>pair.column << 32 | <uint64_t>(code + 1)
        self.used += 1
        if 2 * self.used > self.mask:
            self.grow()
        return <uint64_t>(code + 1)

    cdef int grow(self) except -1:
        cdef array.array larger = array.clone(_QUADS, 2 * len(self.slots), True)
        cdef uint64_t *old = <uint64_t *>self.slots.data.as_ulonglongs
        cdef uint64_t *new = <uint64_t *>larger.data.as_ulonglongs
        cdef uint64_t number, slot, mask = 2 * self.mask + 1
        for number in range(self.mask + 1):
            if old[2 * number + 1]:
                slot = old[2 * number] & mask
                while new[2 * slot + 1]:
                    slot = (slot + 1) & mask
                new[2 * slot], new[2 * slot + 1] = old[2 * number], old[2 * number + 1]
        self.slots, self.mask = larger, mask
        return 0

    cdef int order(self) except -1:
        """Number the new codes by key, so that the values of a key have consecutive codes."""
        cdef uint32_t known = <uint32_t>len(self.values), code
        cdef Py_ssize_t number
        cdef array.array following = array.clone(_WORDS, len(self.new), False)
        cdef array.array ordered = array.clone(_WORDS, len(self.texts), False)
        code = known
        for number in range(len(self.new)):
            following.data.as_uints[number] = code
            code += <uint32_t>len(<list>self.new[number])
        for number in range(len(self.texts)):
            code = self.new_columns.data.as_uints[number]
            ordered.data.as_uints[number] = following.data.as_uints[code]
            following.data.as_uints[code] += 1
        for number in range(self.coded):
            code = self.codes.data.as_uints[number]
            if code >= known:
                self.codes.data.as_uints[number] = ordered.data.as_uints[code - known]
        return 0
