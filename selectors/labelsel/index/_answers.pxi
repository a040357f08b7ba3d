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

    cpdef _answer(self, kind):
        cdef SelectionState found
        cdef KeySearch table
        if not isinstance(kind, type):
            raise TypeError(kind)
        self._lock.acquire()
        try:
            contents = self._contents
            changes = (<RowChanges?>contents.store).changes
            is_valid = changes == self._answered_at and contents.note is None
            step = self._step if is_valid else self._valid_plan()
            table = <KeySearch?>contents.table
            found = new_object(kind, (), NULL)  # without the call of `__init__`
            found._table, found._postings = table, step.share()
            found._version, found._last_removal = table.removals, table.last_removal
            return found
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
    return None if query is None else (<QueryState>query)._answer(kind)


def keep_rows(bytes rows not None, postings, bint keeps):
    cdef const uint32_t *given = <const uint32_t *>PyBytes_AS_STRING(rows)
    cdef Py_ssize_t number
    cdef bytes left = b""
    others = _array.array("I", postings) if type(postings) is bytes else postings
    for number in range(len(rows) // 4):
        if (given[number] in others) == keeps:
            left += rows[4 * number:4 * number + 4]
    return left
