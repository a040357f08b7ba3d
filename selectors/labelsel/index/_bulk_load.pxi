# index/bulk_load.py, compiled: `code_labels`.
#
# Nine million strings are spread over the memory, and to fetch one takes longer than all that is
# done with it. So label sets are read in blocks: one pass notes the strings of a block and lets the
# processor fetch them, the next one hashes them and lets it fetch the slots of the table, the third
# lets it fetch the texts that the slots refer to, and the last one looks them up. Without the third
# this takes 0.7 s instead of 0.3 for nine million.
#
# Strings are borrowed from their label sets. That is safe because nothing here runs Python code:
# sets are exact dicts, keys and values exact strings, and the garbage collector waits.

cdef enum:
    SMALL = 64  # rows, as in index/postings.py
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


cdef struct Slot:
    # A label in the table. `text` is borrowed from the list of values, or of new texts; NULL if the
    # slot is free. `hashed` is the hash of the text mixed with the column.
    uint64_t hashed
    PyObject *text
    uint32_t column
    uint32_t code


cdef inline Slot *free_slot(Slot *slots, uint64_t mask, uint64_t hashed) noexcept:
    cdef uint64_t place = hashed & mask
    while slots[place].text != NULL:
        place = (place + 1) & mask
    return &slots[place]


cdef class _LabelCoder:
    """What one call of `code_labels` knows so far."""

    cdef dict columns, numbers
    cdef list values, tables, new, texts, held
    cdef array.array codes, sizes, new_columns, address_columns, room, table
    cdef Slot *slots
    cdef PyObject *addresses[ADDRESSES]
    cdef uint64_t mask, used
    cdef Py_ssize_t coded, waiting

    def __cinit__(self, dict columns, list values):
        self.columns, self.values = columns, values
        self.numbers, self.tables, self.new, self.texts = {}, [], [], []
        self.held = [None] * ADDRESSES
        self.mask = 1023
        self.table = array.clone(_QUADS, 1024 * sizeof(Slot) // 8, True)
        self.slots = <Slot *>self.table.data.as_chars
        self.codes, self.new_columns = array.clone(_WORDS, 0, False), array.clone(_WORDS, 0, False)
        self.room = array.clone(_QUADS, 0, False)
        self.address_columns = array.clone(_WORDS, ADDRESSES, True)
        memset(self.addresses, 0, sizeof(self.addresses))

    cdef int code(self, list sets) except -1:
        cdef Py_ssize_t start, count = len(sets)
        self.sizes = array.clone(_WORDS, count, count > 0)
        for start in range(0, count, BLOCK):
            self.read(sets, start, min(start + BLOCK, count))
            self.hash_all()
            self.fetch_texts()
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
                prefetch(<char *>value + 64)
                pair.key, pair.value = key, value
                pair += 1
        self.waiting = needed
        return 0

    cdef int hash_all(self) except -1:
        """Find the column and the hash of each pair. TypeError if one is not two strings."""
        cdef Pair *pair = <Pair *>self.room.data.as_chars
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
            prefetch(&self.slots[pair.hashed & self.mask])
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

    cdef void fetch_texts(self) noexcept:
        cdef Pair *pair = <Pair *>self.room.data.as_chars
        cdef Slot *slot
        cdef Py_ssize_t number
        for number in range(self.waiting):
            slot = &self.slots[pair[number].hashed & self.mask]
            if slot.hashed == pair[number].hashed:
                # A short text ends in the second line of the processor's cache.
                prefetch(slot.text)
                prefetch(<char *>slot.text + 64)

    cdef int look_up(self) except -1:
        """Append the code of each pair."""
        cdef Pair *pair = <Pair *>self.room.data.as_chars
        cdef uint64_t place
        cdef Slot *slot
        cdef Py_ssize_t number
        if self.coded + self.waiting > len(self.codes):
            array.resize(self.codes, 2 * (self.coded + self.waiting))
        for number in range(self.waiting):
            place = pair.hashed & self.mask
            slot = &self.slots[place]
            while slot.text != NULL and not (
                slot.hashed == pair.hashed
                and slot.column == pair.column
                and same_text(slot.text, pair.value)
            ):
                place = (place + 1) & self.mask
                slot = &self.slots[place]
            if slot.text == NULL:
                if 2 * self.used > self.mask:
                    slot = self.grow(pair.hashed)
                self.add(pair, slot)
            self.codes.data.as_uints[self.coded] = slot.code
            self.coded += 1
            pair += 1
        return 0

    cdef int add(self, Pair *pair, Slot *slot) except -1:
        """Put a label into a free slot, with the code that the store has for it, or a new one."""
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
        else:
            value = self.values[code]
        slot.hashed, slot.text, slot.column = pair.hashed, <PyObject *>value, pair.column
        slot.code = <uint32_t>code
        self.used += 1
        return 0

    cdef Slot *grow(self, uint64_t hashed) except NULL:
        """Double the table, and return the free slot for a hash."""
        cdef uint64_t size = self.mask + 1, mask = 2 * self.mask + 1, number
        cdef array.array table = array.clone(_QUADS, 2 * len(self.table), True)
        cdef Slot *slots = <Slot *>table.data.as_chars
        for number in range(size):
            if self.slots[number].text != NULL:
                free_slot(slots, mask, self.slots[number].hashed)[0] = self.slots[number]
        self.table, self.slots, self.mask = table, slots, mask
        return free_slot(slots, mask, hashed)

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


# index/row_groups.py, compiled: a counting sort, which looks at each number twice.


cdef class Words:
    """The memory of an array of unsigned numbers of four bytes, held while this object is."""

    cdef Py_buffer view
    cdef const uint32_t *at
    cdef Py_ssize_t size

    def __cinit__(self, numbers):
        PyObject_GetBuffer(numbers, &self.view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
        self.at, self.size = <const uint32_t *>self.view.buf, self.view.len // 4
        if self.view.itemsize != 4 or self.view.format not in (b"I", b"=I", b"<I", b"L", b"<L"):
            raise TypeError("expected an array of unsigned numbers of four bytes")

    def __dealloc__(self):
        PyBuffer_Release(&self.view)  # nothing, if there is no buffer


def group_rows(numbers, sizes, uint32_t first, groups, through=None):
    cdef Words found = Words(numbers), counts = Words(sizes)
    cdef Words table = None if through is None else Words(through)
    cdef Py_ssize_t limit = groups, number, place = 0, end
    cdef uint32_t group
    cdef uint64_t count, before = 0
    cdef array.array ends = array.clone(_QUADS, limit, limit > 0)
    cdef bytes grouped = PyBytes_FromStringAndSize(NULL, 4 * found.size)
    cdef uint32_t *rows = <uint32_t *>PyBytes_AS_STRING(grouped)
    cdef uint64_t *following = <uint64_t *>ends.data.as_ulonglongs
    for number in range(found.size):
        group = found.at[number]
        if table is not None:
            if group >= table.size:
                raise IndexError(group)
            group = table.at[group]
        if group >= limit:
            raise IndexError(group)
        following[group] += 1
    for number in range(limit):
        count, following[number] = following[number], before
        before += count
    for number in range(counts.size):
        if counts.at[number] > <size_t>(found.size - place):
            raise ValueError("there are fewer numbers than the sizes say")
        end = place + counts.at[number]
        while place < end:
            group = found.at[place] if table is None else table.at[found.at[place]]
            rows[following[group]] = first + <uint32_t>number
            following[group] += 1
            place += 1
    if place < found.size:
        raise ValueError("there are more numbers than the sizes say")
    return grouped, ends


def add_groups(
    list postings not None, codes, bytes rows not None, array.array ends not None, append
):
    cdef Words each = Words(codes)
    check_type(ends, c"Q")
    if each.size != len(ends):
        raise ValueError("there must be a code for each group")
    cdef Py_ssize_t number, code
    cdef uint64_t start = 0, end
    cdef const char *start_of_rows = PyBytes_AS_STRING(rows)
    for number in range(len(ends)):
        end = ends.data.as_ulonglongs[number]
        if end <= start:
            continue
        if end > <uint64_t>len(rows) // 4:
            raise ValueError("a group ends behind the rows")
        code = each.at[number]
        group = PyBytes_FromStringAndSize(start_of_rows + 4 * start, 4 * (end - start))
        old = postings[code]
        if end - start <= SMALL and type(old) is bytes and not <bytes>old:
            postings[code] = group
        else:
            append(code, group)
        start = end
