# The fixed cost of an answer, compiled: index/query.py, and what it reads of index/selection.py and
# index/row_keys.py; `keep_rows` of index/steps.py.


cdef class KeySearch:
    cdef public SlotTable _table
    cdef public object lock, last_removal
    cdef public Py_ssize_t removals

    def find(self, key):
        return self._find_row(key) if self._table is None else self._table.number_of(key)


cdef class SelectionState:
    cdef public KeySearch _table
    cdef public object _postings, _last_removal, _removed, _removed_rows
    cdef public Py_ssize_t _version


cdef class QueryState:
    cdef public object selector, _contents, _lock, _step
    cdef public Py_ssize_t last_use, _answered_at, size

    cpdef answer(self, kind):
        self._lock.acquire()
        try:
            contents = self._contents
            if (<RowChanges?>contents.store).changes == self._answered_at:
                step = self._step
            else:
                step = self._valid_plan()
            return made(kind, contents.table, step.share())
        finally:
            self._lock.release()


cpdef kept_query(plans, selector, uses):
    if not isinstance(plans, dict):
        raise TypeError(plans)
    query = (<dict>plans).get(selector if type(selector) is str else id(selector))
    if query is not None:
        (<QueryState?>query).last_use = next(uses)
    return query


def select_kept(plans, selector, uses, kind):
    query = kept_query(plans, selector, uses)
    return None if query is None else (<QueryState>query).answer(kind)


cdef SelectionState made(kind, KeySearch table, postings):
    """Return a selection, without the call of `__init__`."""
    if not isinstance(kind, type):
        raise TypeError(kind)
    cdef SelectionState selection = new_object(kind, (), NULL)
    selection._table, selection._postings = table, postings
    selection._version, selection._last_removal = table.removals, table.last_removal
    return selection


def keep_rows(bytes rows not None, postings, bint keeps):
    cdef Py_ssize_t size = len(rows) // 4, number, kept = 0
    cdef const uint32_t *given = <const uint32_t *>PyBytes_AS_STRING(rows)
    cdef array.array left = array.clone(_WORDS, size, False)
    for number in range(size):
        if has_row(postings, given[number]) == keeps:
            left.data.as_uints[kept] = given[number]
            kept += 1
    return rows if kept == size else PyBytes_FromStringAndSize(left.data.as_chars, 4 * kept)


cdef bint has_row(postings, uint32_t row) except -1:
    if type(postings) is not bytes:
        return row in postings
    cdef Py_ssize_t size = len(<bytes>postings) // 4, place
    cdef const uint32_t *rows = <const uint32_t *>PyBytes_AS_STRING(postings)
    place = place_among(rows, size, row)
    return place < size and rows[place] == row
