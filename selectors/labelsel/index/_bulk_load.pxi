# index/bulk_load.py, compiled: `code_labels`.
#
# Nine million strings are spread over the memory, and to fetch one takes longer than all that is
# done with it. So labels wait until some hundred are looked up together, and the processor fetches
# what the next pass reads: the strings, the slots of the table, the texts that these refer to.
# Strings are borrowed from their label sets. That is safe because nothing here runs Python code:
# sets are exact dicts, keys and values exact strings, and the garbage collector waits. From time to
# time other threads run, which may change the label sets: then nothing is borrowed.

cdef enum:
    SMALL = 64  # rows, as in index/postings.py
    WAITING = 512  # labels that are looked up together
    ADDRESSES = 256  # keys that are found by their address: decoders share the keys of a page


def code_labels(dict sets not None, dict columns not None, list values not None):
    cdef _LabelCoder coder = _LabelCoder(columns, len(values))
    coder.code(sets)
    return coder.codes, coder.sizes, dict(zip(coder.numbers, zip(coder.new, coder.new_codes)))


cdef struct Label:
    # In the table, or waiting. `hashed` is the hash of the text mixed with the column. A slot of
    # the table is free if `text` is NULL.
    uint64_t hashed
    PyObject *text
    uint32_t column
    uint32_t code


cdef inline Label *slot_of(Label *slots, uint64_t mask, const Label *label) noexcept:
    """Return the slot that has a label, or a free one for it."""
    cdef uint64_t place = label.hashed & mask
    while slots[place].text != NULL and not (
        slots[place].hashed == label.hashed
        and slots[place].column == label.column
        and same_text(slots[place].text, label.text)
    ):
        place = (place + 1) & mask
    return &slots[place]


cdef class _LabelCoder:
    """What one call of `code_labels` knows so far."""

    cdef dict columns, numbers
    cdef list columns_of, new, new_codes, held
    cdef array.array codes, sizes, table
    cdef Label *slots
    cdef Label labels[WAITING]
    cdef PyObject *keys[WAITING]
    cdef PyObject *addresses[ADDRESSES]
    cdef uint32_t address_columns[ADDRESSES]
    cdef uint64_t mask, used
    cdef Py_ssize_t coded, waiting, next_code
    cdef int enabled

    def __cinit__(self, dict columns, Py_ssize_t known):
        self.columns, self.next_code = columns, known
        self.numbers, self.columns_of, self.new, self.new_codes = {}, [], [], []
        self.held = []
        self.codes = array.clone(_WORDS, 0, False)
        self.mask, self.table = 1023, array.clone(_QUADS, 1024 * sizeof(Label) // 8, True)
        self.slots = <Label *>self.table.data.as_chars

    cdef int code(self, dict sets) except -1:
        """Append the codes and sizes of sets. TypeError if one is neither a dict nor None."""
        self.enabled = PyGC_Disable()
        try:
            self.code_each(sets)
        finally:
            if self.enabled:
                PyGC_Enable()
        return 0

    cdef int code_each(self, dict sets) except -1:
        cdef Py_ssize_t number = -1, position, at = 0, turn = TURN
        cdef PyObject *labels
        cdef PyObject *value
        self.sizes = array.clone(_WORDS, len(sets), len(sets) > 0)
        while PyDict_Next(<PyObject *>sets, &at, &value, &labels):
            number += 1
            if self.coded >= turn:
                turn = self.coded + TURN
                if is_turn():  # the texts of the table stay, the addresses of keys may not
                    self.look_up()
                    memset(self.addresses, 0, sizeof(self.addresses))
                    if self.enabled:
                        PyGC_Enable()
                    with nogil:
                        pass
                    self.enabled = PyGC_Disable()
            if labels == <PyObject *>None:
                continue
            if not PyDict_CheckExact(labels):
                raise TypeError
            self.sizes.data.as_uints[number] = <uint32_t>PyDict_Size(labels)
            position = 0
            while PyDict_Next(labels, &position, &self.keys[self.waiting], &value):
                prefetch(value)
                prefetch(<char *>value + 64)  # where a short text ends
                self.labels[self.waiting].text = value
                self.waiting += 1
                if self.waiting == WAITING:
                    self.look_up()
        self.look_up()
        array.resize(self.codes, self.coded)
        return 0

    cdef int look_up(self) except -1:
        """Append the codes of all labels that wait. TypeError if one is not two strings."""
        cdef Label *label
        cdef Label *slot
        cdef Py_ssize_t number
        if self.coded + self.waiting > len(self.codes):
            array.resize(self.codes, 2 * (self.coded + self.waiting))
        for number in range(self.waiting):
            label = &self.labels[number]
            if not PyUnicode_CheckExact(label.text):
                raise TypeError
            label.column = self.column_of(self.keys[number])
            label.hashed = <uint64_t>PyObject_Hash(label.text) + label.column * FACTOR
            prefetch(&self.slots[label.hashed & self.mask])
        for number in range(self.waiting):
            slot = &self.slots[self.labels[number].hashed & self.mask]
            if slot.hashed == self.labels[number].hashed:
                prefetch(slot.text)
                prefetch(<char *>slot.text + 64)
        for number in range(self.waiting):
            label = &self.labels[number]
            slot = slot_of(self.slots, self.mask, label)
            if slot.text == NULL:
                if 2 * self.used > self.mask:
                    self.grow()
                    slot = slot_of(self.slots, self.mask, label)
                label.code = self.new_code(label)
                slot[0] = label[0]
                self.used += 1
            self.codes.data.as_uints[self.coded] = slot.code
            self.coded += 1
        self.waiting = 0
        return 0

    cdef uint32_t column_of(self, PyObject *key) except? 0:
        """Return the number of a key. It is noted for the address of the key, which stays."""
        cdef size_t place = (<size_t>key >> 4) % ADDRESSES
        if self.addresses[place] != key:
            if not PyUnicode_CheckExact(key):
                raise TypeError
            number = self.numbers.get(<str>key)
            if number is None:
                number = self.numbers[<str>key] = len(self.numbers)
                column = self.columns.get(<str>key)
                if column is not None and (<ColumnState?>column)._table is None:
                    raise LookupError("the values of a column were not read")
                self.columns_of.append(column)
                self.new.append([])
                self.new_codes.append(array.clone(_WORDS, 0, False))
            self.addresses[place], self.address_columns[place] = key, number
        return self.address_columns[place]

    cdef uint32_t new_code(self, Label *label) except? 0:
        """Return the code that the store has for a label, or a new one."""
        cdef ColumnState column = self.columns_of[label.column]
        cdef Py_ssize_t code = -1 if column is None else column._table.number_of(<str>label.text)
        cdef array.array codes = self.new_codes[label.column]
        if code >= 0:
            self.held.append(<str>label.text)
        else:
            code = self.next_code
            if code >= UINT32_MAX:
                raise OverflowError("an index has at most 4,294,967,295 distinct labels")
            self.next_code += 1
            (<list>self.new[label.column]).append(<str>label.text)
            array.resize_smart(codes, len(codes) + 1)
            codes.data.as_uints[len(codes) - 1] = <uint32_t>code
        return <uint32_t>code

    cdef int grow(self) except -1:
        """Double the table."""
        cdef uint64_t mask = 2 * self.mask + 1, number
        cdef array.array table = array.clone(_QUADS, 2 * len(self.table), True)
        cdef Label *slots = <Label *>table.data.as_chars
        for number in range(self.mask + 1):
            if self.slots[number].text != NULL:
                slot_of(slots, mask, &self.slots[number])[0] = self.slots[number]
        self.table, self.slots, self.mask = table, slots, mask
        return 0


# index/row_groups.py, compiled: a counting sort, which looks at each number twice.


def group_rows(const uint32_t[::1] numbers, const uint32_t[::1] sizes, uint32_t first, groups):
    cdef Py_ssize_t number, place = 0, end
    cdef uint64_t count, before = 0
    cdef array.array ends = array.clone(_QUADS, groups, groups > 0)
    cdef uint64_t[::1] following = ends
    cdef bytes grouped = PyBytes_FromStringAndSize(NULL, 4 * numbers.shape[0])
    cdef uint32_t *rows = <uint32_t *>PyBytes_AS_STRING(grouped)
    for number in range(numbers.shape[0]):
        following[numbers[number]] += 1
        if number % TURN == TURN - 1:
            give_way()
    for number in range(following.shape[0]):
        count, following[number] = following[number], before
        before += count
    for number in range(sizes.shape[0]):
        if sizes[number] > <size_t>(numbers.shape[0] - place):
            raise ValueError("there are fewer numbers than the sizes say")
        end = place + sizes[number]
        while place < end:
            rows[following[numbers[place]]] = first + <uint32_t>number
            following[numbers[place]] += 1
            place += 1
        if number % TURN == TURN - 1:
            give_way()
    if place < numbers.shape[0]:
        raise ValueError("there are more numbers than the sizes say")
    return grouped, ends


def are_rows_of(
    const uint32_t[::1] numbers, const uint32_t[::1] sizes,
    const uint64_t[::1] ends, const uint32_t[::1] rows,
):
    # The rows of a group are far from those of the next, so they wait while memory is read.
    cdef uint64_t places[WAITING]
    cdef uint32_t expected[WAITING]
    cdef Py_ssize_t number, place = 0, end, waiting = 0, each
    cdef uint64_t at = 0, same = 1
    cdef uint64_t[::1] following = array.clone(_QUADS, ends.shape[0], False)
    for number in range(ends.shape[0]):
        following[number], at = at, ends[number]
    for number in range(sizes.shape[0]):
        if sizes[number] > <size_t>(numbers.shape[0] - place):
            raise ValueError("there are fewer numbers than the sizes say")
        end = place + sizes[number]
        while place < end:
            at = following[numbers[place]]
            if at >= <uint64_t>rows.shape[0]:
                return False
            following[numbers[place]] = at + 1
            prefetch(&rows[at])
            places[waiting], expected[waiting] = at, <uint32_t>number
            waiting += 1
            if waiting == WAITING:
                for each in range(WAITING):
                    same &= rows[places[each]] == expected[each]
                waiting = 0
            place += 1
        if number % TURN == TURN - 1:
            give_way()
    for each in range(waiting):
        same &= rows[places[each]] == expected[each]
    if place < numbers.shape[0]:
        raise ValueError("there are more numbers than the sizes say")
    # A row was looked at for each number, so none is left if the groups end where they should.
    for number in range(ends.shape[0]):
        same &= following[number] == ends[number]
    return bool(same) and place == rows.shape[0]


def add_groups(
    list postings not None, const uint32_t[::1] codes, bytes rows not None,
    const uint64_t[::1] ends, append,
):
    cdef Py_ssize_t number, code
    cdef uint64_t start = 0, end
    for number in range(ends.shape[0]):
        if number % TURN == TURN - 1:
            give_way()
        code, end = codes[number], ends[number]
        if end > <uint64_t>len(rows) // 4:
            raise ValueError("a group ends behind the rows")
        if end > start:
            group = rows[4 * start:4 * end]
            old = postings[code]
            if end - start <= SMALL and type(old) is bytes and not <bytes>old:
                postings[code] = group
            else:
                append(code, group)
            start = end
