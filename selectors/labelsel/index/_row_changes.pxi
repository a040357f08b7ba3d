# index/column.py, index/row_codes.py and index/row_changes.py, compiled.

cdef enum:
    MAX_SINGLE = 16
    BLOCK_BITS = 8
    BLOCK_ROWS = 256
    SHORT_CODES = 65536  # codes of a block from which its ends take four bytes


cdef class ColumnState:
    cdef public object key, rows, numeric_ranges, sorted_values
    cdef public SlotTable _table
    cdef public uint32_t number
    cdef public bint is_shared
    cdef public Py_ssize_t version


cdef class RowArrays:
    cdef readonly list _codes, _ends

    def __cinit__(self):
        self._codes, self._ends = [], []

    def __getitem__(self, Py_ssize_t row):
        cdef Py_ssize_t start, end
        cdef array.array codes = self.bounds(row, &start, &end), found
        found = array.clone(_WORDS, end - start, False)
        copy_bytes(found.data.as_uints, &codes.data.as_uints[start], 4 * (end - start))
        return found

    def __setitem__(self, Py_ssize_t row, array.array codes not None):
        cdef Py_ssize_t block = row >> BLOCK_BITS, start, end
        if block == len(self._ends):
            self._ends.append(array.clone(_HALVES, 0, False))
            self._codes.append(array.clone(_WORDS, 0, False))
        cdef array.array ends = self._ends[block]
        if (row & BLOCK_ROWS - 1) == len(ends):
            ends.append(end_of(ends, len(ends)))
        self.bounds(row, &start, &end)
        self.splice(row, start, end, codes)

    cdef array.array bounds(self, Py_ssize_t row, Py_ssize_t *start, Py_ssize_t *end):
        """Return the codes of the block of a row; set where those of the row start and end."""
        if row < 0:
            raise IndexError(row)
        cdef array.array ends = self._ends[row >> BLOCK_BITS]
        cdef array.array codes = self._codes[row >> BLOCK_BITS]
        cdef Py_ssize_t place = row & BLOCK_ROWS - 1
        if place >= len(ends):
            raise IndexError(row)
        start[0], end[0] = end_of(ends, place), end_of(ends, place + 1)
        if start[0] > end[0] or end[0] > len(codes):
            raise AssertionError("the end of a row is wrong")
        return codes

    cdef int splice(self, Py_ssize_t row, Py_ssize_t start, Py_ssize_t end, codes) except -1:
        """Replace codes of a row. O(codes of the block) if their number changes."""
        cdef Py_ssize_t block = row >> BLOCK_BITS, growth = len(codes) - (end - start), place
        # By the array's own method: it refuses if somebody reads the memory, or other numbers.
        self._codes[block][start:end] = codes
        if growth and len(self._codes[block]) >= SHORT_CODES:
            self._widen(block)
        cdef array.array ends = self._ends[block]
        # Unsigned numbers: a negative growth is added modulo their size.
        for place in range(row & BLOCK_ROWS - 1, len(ends) if growth else 0):
            if ends.ob_descr.typecode == c"H":
                ends.data.as_ushorts[place] += <uint16_t>growth
            else:
                ends.data.as_uints[place] += <uint32_t>growth
        return 0


cdef inline Py_ssize_t end_of(array.array ends, Py_ssize_t place) noexcept:
    """Return the end of the row before a place of a block."""
    if place == 0:
        return 0
    if ends.ob_descr.typecode == c"H":
        return ends.data.as_ushorts[place - 1]
    return ends.data.as_uints[place - 1]


cdef class RowChanges:
    cdef public dict columns
    cdef public Py_ssize_t version, changes, pairs
    cdef public object rows
    cdef public list values, postings, _columns, _free
    cdef public set _shared
    cdef public array.array column_of
    cdef public RowArrays _codes

    def __cinit__(self):
        self.columns, self.values, self.postings, self._columns = {}, [], [], []
        self._free, self._shared, self.column_of = [], set(), array.clone(_WORDS, 0, False)

    def share(self, Py_ssize_t code):
        postings = self.postings[code]
        if type(postings) is not bytes:
            self._shared.add(code)
        return postings

    def set_row(self, uint32_t row, labels):
        cdef dict old = {}
        cdef list after = []
        cdef ColumnState column
        cdef bint is_new = row not in self.rows
        before = _WORDS if is_new else self._codes[row]
        if is_new:
            self._writable_rows().add(row)
        for code in before:
            old[self.number_of(code)] = code
        for key, value in labels.items():
            column = self.columns.get(key) or self._new_column(key)
            code = old.pop(column.number, -1)
            if code < 0 or <str>self.values[code] != <str?>value:
                code = self.replace(column, code, <str?>value, row)
            after.append(code)
        for code in old.values():
            self._remove_label(code, row)
        codes = _array.array("I", after)
        if codes != before or not after:
            self._codes[row] = codes

    def exchange_row(self, uint32_t row, dict labels not None):
        cdef array.array codes = self._codes[row]
        cdef dict before = labels.copy(), changes = {}
        cdef Py_ssize_t place, kept = 0, end = len(codes)
        cdef ColumnState column
        self.fetch(codes)
        for key, value in labels.items():
            column = self.columns.get(key)
            place = end if column is None else self.place_of(column.number, codes, 0, end)
            if place == end:
                del before[key]
                changes[key] = value
                continue
            kept += 1
            old = self.values[codes.data.as_uints[place]]
            if <str>old != <str?>value:
                before[key], changes[key] = old, value
        for place in range(end if kept < end else 0):
            key = self.column_with(codes.data.as_uints[place]).key
            if key not in labels:
                before[key], changes[key] = self.values[codes.data.as_uints[place]], None
        if changes:
            self.patch_row(row, changes)
        return before, changes

    cdef int fetch(self, array.array codes) except -1:
        """Fetch the values of codes. They lie all over the memory: all at once is quicker."""
        cdef Py_ssize_t number, known = len(self.values)
        if codes.ob_descr.typecode != c"I":
            raise TypeError("expected an array of type 'I'")
        for number in range(len(codes)):
            if codes.data.as_uints[number] < known:
                prefetch(PyList_GET_ITEM(<PyObject *>self.values, codes.data.as_uints[number]))
        return 0

    def _labels(self, array.array codes not None):
        cdef dict labels = {}
        cdef Py_ssize_t number
        self.fetch(codes)
        for number in range(len(codes)):
            code = codes.data.as_uints[number]
            labels[self.column_with(code).key] = self.values[code]
        return labels

    def patch_row(self, uint32_t row, changes):
        if len(changes) > MAX_SINGLE:
            labels = {**self._labels(self._codes[row]), **changes}
            self.set_row(row, {key: value for key, value in labels.items() if value is not None})
            return
        cdef Py_ssize_t start, end, place, code
        cdef ColumnState column
        for key, value in changes.items():
            column = self.columns.get(key)
            if column is None:
                if value is None:
                    continue
                column = self._new_column(key)
            # What follows may run Python code, so each change looks anew where the row is.
            codes = self._codes.bounds(row, &start, &end)
            place = self.place_of(column.number, codes, start, end)
            code = -1 if place == end else (<array.array>codes).data.as_uints[place]
            if value is None:
                if code >= 0:
                    self._codes.splice(row, place, place + 1, _WORDS)
                    self._remove_label(code, row)
            elif code < 0:
                code = self.replace(column, -1, <str?>value, row)
                self._codes.splice(row, end, end, _array.array("I", (code,)))
            elif <str>self.values[code] != <str?>value:
                code = self.replace(column, code, <str>value, row)
                codes = self._codes.bounds(row, &start, &end)
                if place >= end:
                    raise RuntimeError("a row changed while it was changed")
                (<array.array>codes).data.as_uints[place] = <uint32_t>code

    cdef Py_ssize_t place_of(
        self, uint32_t number, array.array codes, Py_ssize_t start, Py_ssize_t end
    ) except -1:
        """Return where in a block the label of a column is, ``end`` if the row has none."""
        cdef Py_ssize_t place
        for place in range(start, end):
            if self.number_of(codes.data.as_uints[place]) == number:
                return place
        return end

    cdef inline uint32_t number_of(self, uint32_t code) except? 0:
        if code >= <Py_ssize_t>len(self.column_of):
            raise IndexError(code)
        return self.column_of.data.as_uints[code]

    cdef ColumnState column_with(self, uint32_t code):
        return <ColumnState?>self._columns[self.number_of(code)]

    cdef Py_ssize_t replace(
        self, ColumnState column, Py_ssize_t before, str value, uint32_t row
    ) except -1:
        """Set the label of a key on a row; ``before`` is the code of the old label, -1 if none."""
        cdef Py_ssize_t after
        if before >= 0:
            self.remove_posting(column, before, row)
        elif column.is_shared:
            column.writable_rows().add(row)
        else:
            column.rows.add(row)
        after = self.code_of(column, value)
        self.changes += 1
        self.pairs += 1
        self.postings[after] = with_row(self._writable_postings(after), row, True)
        if column.numeric_ranges is not None:
            column.note_row(value, after, row)
        return after

    cdef Py_ssize_t code_of(self, ColumnState column, str value) except -1:
        cdef SlotTable table = column._table or column.codes
        cdef Py_ssize_t code = table.number_of(value)
        if code >= 0:
            return code
        column.version += 1
        if self._free:
            code = self._free.pop()
            self.values[code] = value
            self.number_of(<uint32_t>code)  # IndexError if there is no such code
            self.column_of.data.as_uints[code] = column.number
        else:
            code = len(self.values)
            self.values.append(value)
            self.column_of.append(column.number)
            self.postings.append(b"")
        table.add(<uint32_t>code)
        if column.sorted_values is not None or column.numeric_ranges is not None:
            column.note_value(value, code)
        return code

    def _remove_label(self, uint32_t code, uint32_t row):
        cdef ColumnState column = self.column_with(code)
        self.remove_posting(column, code, row)
        column.writable_rows().discard(row)
        if column._table is not None and not column._table._count:  # None: not read yet
            self._drop_column(column)

    cdef int remove_posting(self, ColumnState column, Py_ssize_t code, uint32_t row) except -1:
        cdef object postings
        cdef SlotTable table
        self.changes += 1
        self.pairs -= 1
        postings = self.postings[code] = with_row(self._writable_postings(code), row, False)
        cdef bint is_last = type(postings) is bytes and not len(<bytes>postings)
        if column.numeric_ranges is not None or (is_last and column.sorted_values is not None):
            column.forget_row(self.values[code], code, row, is_last=is_last)
        if is_last:
            column.version += 1
            table = column._table or column.codes
            table.remove(<uint32_t>code)
            self.values[code] = ""
            self._free.append(code)
        return 0

    cpdef object _writable_postings(self, Py_ssize_t code):
        if self._shared and code in self._shared:
            return self._unshare(code)
        return self.postings[code]


cdef object with_row(object postings, uint32_t row, bint adds):
    """Return postings after a row was added or removed (`index/postings.py`)."""
    if type(postings) is not bytes:
        if adds:
            postings.add(row)
            return postings
        postings.discard(row)
        return postings if len(postings) > SMALL // 2 else postings.to_array().tobytes()
    cdef Py_ssize_t size = len(<bytes>postings) // 4, place, rest
    cdef const uint32_t *rows = <const uint32_t *>PyBytes_AS_STRING(postings)
    place = place_among(rows, size, row)
    rest = place if adds else place + 1
    if rest > size:
        raise IndexError(row)
    cdef bytes changed = PyBytes_FromStringAndSize(NULL, 4 * (size + (1 if adds else -1)))
    cdef uint32_t *target = <uint32_t *>PyBytes_AS_STRING(changed)
    copy_bytes(target, rows, 4 * place)
    if adds:
        target[place] = row
    copy_bytes(&target[place + adds], &rows[rest], 4 * (size - rest))
    if len(changed) <= 4 * SMALL:
        return changed
    from pyroaring import BitMap

    return BitMap(_array.array("I", changed))


cdef inline Py_ssize_t place_among(const uint32_t *rows, Py_ssize_t size, uint32_t row) noexcept:
    """Return the first place of ascending rows that is not less than a row."""
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low
