# The look-ups of live/candidate_index.py and live/bit_matrix.py, compiled.
#
# They read the attributes of the same Python objects as the pure code, and change none but what it
# changes. So both find the same, in the same order, and either can be used after the other.


cdef object _fails_at(column, value):
    """Return the selectors that fail at a value of a column; None is an absent key."""
    if value is None:
        return column.absent
    if column.tests:
        return column.fails(value)
    differing = (<dict?>column.listed).get(value)
    return column.others if differing is None else column.others ^ differing


cdef object _fails(matrix, dict labels, without):
    """`BitMatrix._fails`."""
    cdef dict columns = <dict?>matrix._columns
    cdef object fails = 0
    if len(columns) <= 2 * len(labels):
        for key, column in columns.items():
            if key not in without:
                fails |= _fails_at(column, labels.get(key))
        return fails
    for key, column in (<dict?>matrix._required).items():
        if key not in labels and key not in without:
            fails |= column.absent
    for key, value in labels.items():
        column = columns.get(key)
        if column is not None and key not in without:
            fails |= _fails_at(column, value)
    return fails


cdef object _decide(matrix, matches, dict labels):
    """`BitMatrix._evaluate`, which is called if there is something to evaluate."""
    return matrix._evaluate(matches, labels) if matches & matrix._evaluated else matches


cdef object _matching(matrix, dict labels):
    """`BitMatrix.matching`."""
    return _decide(matrix, matrix._bits & ~_fails(matrix, labels, ()), labels)


cdef int _take(list source, bits, list found) except -1:
    """Append the elements of a list at the positions of the bits that are set, from the lowest."""
    cdef bytes octets
    cdef Py_ssize_t place
    cdef unsigned int octet, bit
    if not bits:
        return 0
    octets = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
    for place in range(len(octets)):
        octet = <unsigned char>octets[place]
        bit = 0
        while octet:
            if octet & 1:
                found.append(source[8 * place + bit])
            octet >>= 1
            bit += 1
    return 0


cdef int _add_matrices(dict buckets, value, list found) except -1:
    bucket = buckets.get(value)
    if bucket is not None:
        found.extend(<list?>bucket.matrices)
    return 0


cdef list _matrices(candidates, dict labels, without):
    """`CandidateIndex.matrices`."""
    cdef dict by_key = <dict?>candidates._by_key
    cdef list found
    candidates.note_lookup(labels)
    found = list(<list?>candidates._unanchored.matrices)
    if len(by_key) < len(labels):
        for key, buckets in by_key.items():
            value = labels.get(key)
            if value is not None and key not in without:
                _add_matrices(<dict?>buckets, None, found)
                _add_matrices(<dict?>buckets, value, found)
    else:
        for key, value in labels.items():
            buckets = by_key.get(key)
            if buckets is not None and key not in without:
                _add_matrices(<dict?>buckets, None, found)
                _add_matrices(<dict?>buckets, value, found)
    return found


cdef list _answers(list matrices, dict labels):
    """Return the answers (`IndexedSelector.answer`) of the selectors that select a label set."""
    cdef list found = []
    for matrix in matrices:
        _take(<list?>matrix._answers, _matching(matrix, labels), found)
    return found


cdef list _groups(list answers, selector_class):
    """Return the caller's keys of each answer (`IndexedSelector.group`)."""
    cdef list found = []
    for answer in answers:
        found.append(answer.group() if type(answer) is selector_class else (answer,))
    return found


def find_keys(candidates, dict labels not None):
    """Return the caller's keys of the selectors that select a label set."""
    cdef set found = set()
    selector_class = candidates.selector_class
    for answer in _answers(_matrices(candidates, labels, ()), labels):
        if type(answer) is selector_class:
            found.update(answer.keys)
        else:
            found.add(answer)
    if candidates._branched:
        candidates.add_branched_keys(labels, found)
    return found


def find_groups(candidates, dict labels not None):
    """Return the caller's keys of each selector that selects a label set."""
    cdef list found = _answers(_matrices(candidates, labels, ()), labels)
    found = _groups(found, candidates.selector_class)
    if candidates._branched:
        candidates.add_branched_groups(labels, found)
    return found


cdef int _compare(matrix, dict before, dict after, changed, list stopped, list started) except -1:
    """`BitMatrix.changed`. Append the answers of those that match only before or only after."""
    cdef dict columns = <dict?>matrix._columns
    cdef object old = 0, new = 0, evaluated = 0
    for key in changed:
        column = columns.get(key)
        if column is not None:
            old |= _fails_at(column, before.get(key))
            new |= _fails_at(column, after.get(key))
            evaluated |= column.evaluated
    left = matrix._bits & ((old ^ new) | evaluated)
    if not left:
        return 0
    left &= ~_fails(matrix, after, changed)
    was = left & ~old
    now = left & ~new
    if evaluated:
        was, now = _decide(matrix, was, before), _decide(matrix, now, after)
        was, now = was & ~now, now & ~was
    _take(<list?>matrix._answers, was, stopped)
    _take(<list?>matrix._answers, now, started)
    return 0


def find_changes(candidates, dict before not None, dict after not None, changed):
    """Return the caller's keys of each selector that stops, and of each that starts matching."""
    cdef list both = _matrices(candidates, after, changed)
    cdef list old = [], new = [], stopped = [], started = []
    cdef dict by_key = <dict?>candidates._by_key
    selector_class = candidates.selector_class
    for key in changed:
        buckets = by_key.get(key)
        if buckets is not None:
            was, now = before.get(key), after.get(key)
            _add_matrices(<dict?>buckets, None, new if was is None else old if now is None else both)
            if was is not None:
                _add_matrices(<dict?>buckets, was, old)
            if now is not None:
                _add_matrices(<dict?>buckets, now, new)
    for matrix in both:
        _compare(matrix, before, after, changed, stopped, started)
    stopped, started = _groups(stopped, selector_class), _groups(started, selector_class)
    if old or new:
        _add_apart(_found(old, before), _found(new, after), selector_class, stopped, started)
    if candidates._branched_keys:
        candidates.add_branched_changes(before, after, changed, stopped, started)
    return stopped, started


cdef dict _found(list matrices, dict labels):
    """Return the selectors that select a label set, each with its answer."""
    cdef list selectors = [], answers = []
    for matrix in matrices:
        bits = _matching(matrix, labels)
        _take(<list?>matrix._selectors, bits, selectors)
        _take(<list?>matrix._answers, bits, answers)
    return dict(zip(selectors, answers, strict=True))


cdef int _add_apart(dict was, dict now, selector_class, list stopped, list started) except -1:
    """Add the groups of those that are in one dict only: one selector may have both anchors."""
    stopped += _groups([answer for each, answer in was.items() if each not in now], selector_class)
    started += _groups([answer for each, answer in now.items() if each not in was], selector_class)
    return 0
