# The look-ups of live/candidate_index.py, live/bit_matrix.py, and live/indexed_selector.py, compiled.
#
# They read the attributes of the same Python objects as the pure code, and change none but what it
# changes. So both find the same, in the same order, and either can be used after the other.
#
# Nearly all matrices are small and seldom used: what a look-up takes is the memory that it has to
# fetch. So a small matrix has an image, made at its first look-up and thrown away when the matrix
# changes: its columns and values, with their hashes, in one piece of memory. A string is compared
# only where the hashes are equal, and Python's hash of a string is seeded.


cdef enum:
    MAX_BITS = 64  # selectors of a matrix with an image: one word has their bits
    MAX_COLUMNS = 64
    MAX_LISTED = 256  # they are searched one after the other
    MAX_LABELS = 32


cdef struct Listed:
    Py_hash_t hash
    PyObject *value
    uint64_t bits


cdef struct ColumnImage:
    Py_hash_t hash
    PyObject *key
    uint64_t absent
    uint64_t others
    uint64_t evaluated
    Py_ssize_t first  # the part of `listed` with its values
    Py_ssize_t end
    PyObject *tests  # the column itself if it has tests, else NULL


cdef struct LabelImage:
    Py_hash_t hash
    PyObject *key
    PyObject *value


cdef struct LabelsImage:
    Py_ssize_t size  # -1: a matrix must use the dict
    LabelImage labels[MAX_LABELS]


cdef int _scan(dict labels, LabelsImage *image) except -1:
    """Make the image of a label set, unless it is too large or has other objects than strings."""
    cdef Py_ssize_t size = 0
    image.size = -1
    if len(labels) > MAX_LABELS:
        return 0
    for key, value in labels.items():
        if type(key) is not str or type(value) is not str:
            return 0
        image.labels[size] = LabelImage(
            PyObject_Hash(<PyObject *>key), <PyObject *>key, <PyObject *>value
        )
        size += 1
    image.size = size
    return 0


cdef PyObject *_value_of(LabelsImage *labels, Py_hash_t hash, PyObject *key):
    """Return the value of a key, NULL if it is absent. The dict owns both."""
    cdef Py_ssize_t place
    for place in range(labels.size):
        if labels.labels[place].hash == hash and same_text(labels.labels[place].key, key):
            return labels.labels[place].value
    return NULL


cdef class MatrixImage:
    """The image of a matrix of at most `MAX_BITS` selectors. It owns the objects it points to."""

    cdef uint64_t bits
    cdef uint64_t evaluated
    cdef Py_ssize_t size
    cdef ColumnImage *columns
    cdef Listed *listed  # in the same piece of memory, after the columns
    cdef list answers
    cdef list owned

    def __dealloc__(self):
        PyMem_Free(self.columns)

    cdef int fill(self, matrix, dict columns, Py_ssize_t listed) except -1:
        cdef Py_ssize_t size = len(columns), place = 0
        cdef ColumnImage *image
        self.columns = <ColumnImage *>PyMem_Malloc(
            size * sizeof(ColumnImage) + listed * sizeof(Listed)
        )
        if self.columns == NULL:
            raise MemoryError
        self.listed = <Listed *>&self.columns[size]
        self.bits, self.evaluated = matrix._bits, matrix._evaluated
        self.answers = list(<list?>matrix._answers)
        self.owned = []
        for key, column in columns.items():
            image = &self.columns[self.size]
            self.owned += [key, column]
            image.hash, image.key = PyObject_Hash(<PyObject *>key), <PyObject *>key
            image.absent, image.others = column.absent, column.others
            image.evaluated = column.evaluated
            image.tests = <PyObject *>column if column.tests else NULL
            image.first = place
            for value, bits in (<dict?>column.listed).items():
                self.owned.append(value)
                self.listed[place] = Listed(PyObject_Hash(<PyObject *>value), <PyObject *>value, bits)
                place += 1
            image.end = place
            self.size += 1
        return 0

    cdef uint64_t fails_at(self, ColumnImage *column, PyObject *value) except? 1:
        """Return the selectors that fail at a value of a column; NULL is an absent key."""
        cdef uint64_t fails = column.others
        cdef Py_ssize_t place
        cdef Py_hash_t hash
        if value == NULL:
            return column.absent
        if column.first < column.end:
            hash = PyObject_Hash(value)
            for place in range(column.first, column.end):
                if self.listed[place].hash == hash and same_text(self.listed[place].value, value):
                    fails ^= self.listed[place].bits
                    break
        if column.tests != NULL:
            fails |= <uint64_t>(<object>column.tests).failing_tests(<object>value)
        return fails

    cdef uint64_t fails(self, LabelsImage *labels, uint64_t without) except? 1:
        """Return the selectors that fail, except at the columns whose bits ``without`` has."""
        cdef uint64_t fails = 0
        cdef Py_ssize_t place
        cdef ColumnImage *column
        for place in range(self.size):
            if not without >> place & 1:
                column = &self.columns[place]
                fails |= self.fails_at(column, _value_of(labels, column.hash, column.key))
        return fails

    cdef int take(self, uint64_t bits, list found) except -1:
        """Append the answers of the bits that are set, from the lowest."""
        cdef Py_ssize_t place = 0
        cdef uint64_t rest = bits
        if len(self.answers) < MAX_BITS and bits >> len(self.answers):
            raise IndexError("a bit without a selector")
        while rest:  # fetched all at once, not one after the other
            if rest & 1:
                prefetch(PyList_GET_ITEM(<PyObject *>self.answers, place))
            rest >>= 1
            place += 1
        place = 0
        while bits:
            if bits & 1:
                found.append(self.answers[place])
            bits >>= 1
            place += 1
        return 0


cdef int check_text(text) except -1:
    if type(text) is not str:
        raise TypeError("expected a string")
    return 0


cdef MatrixImage _image_of(matrix):
    """Return the image of a matrix; None if the matrix is too large for one."""
    cdef Py_ssize_t listed = 0
    cdef dict columns
    cdef MatrixImage made
    image = matrix.image
    if image is None:
        columns = <dict?>matrix._columns
        for key, column in columns.items():
            listed += len(<dict?>column.listed)
            check_text(key)
            for value in <dict?>column.listed:
                check_text(value)
        if len(<list?>matrix._selectors) > MAX_BITS:
            image = False
        elif len(columns) > MAX_COLUMNS or listed > MAX_LISTED:
            image = False
        else:
            made = MatrixImage.__new__(MatrixImage)
            made.fill(matrix, columns, listed)
            image = made
        matrix.image = image
    return None if image is False else <MatrixImage?>image


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


cdef object _matching(matrix, dict labels, LabelsImage *scanned):
    """`BitMatrix.matching`."""
    cdef MatrixImage image = _image_of(matrix) if scanned.size >= 0 else None
    if image is not None:
        return _decide(matrix, image.bits & ~image.fails(scanned, 0), labels)
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


def count_lookup(candidates, dict labels not None):
    """Count a look-up of a label set, and one of some for each of its labels and keys."""
    cdef Py_ssize_t lookups = candidates.lookups + 1
    cdef Py_ssize_t sampling = candidates.sampling
    cdef dict buckets
    candidates.lookups = lookups
    if lookups % sampling:
        return
    buckets = <dict?>candidates._buckets
    for key in labels:
        _count_bucket(candidates, buckets.get((key, None)), sampling)
    for key, value in labels.items():
        _count_bucket(candidates, buckets.get((key, value)), sampling)


cdef int _count_bucket(candidates, bucket, Py_ssize_t sampling) except -1:
    cdef Py_ssize_t lookups
    if bucket is not None:
        lookups = bucket.lookups + sampling
        bucket.lookups = lookups
        if lookups >= bucket.next_review and not bucket.is_empty:
            candidates.due.append(bucket)
    return 0


cdef list _matrices(candidates, dict labels, without):
    """`CandidateIndex.matrices`."""
    cdef dict by_key = <dict?>candidates._by_key
    cdef list found
    count_lookup(candidates, labels)
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


cdef list _answers(candidates, dict labels):
    """Return the answers (`IndexedSelector.answer`) of the selectors that select a label set."""
    cdef list found = []
    cdef MatrixImage image
    cdef LabelsImage scanned
    cdef uint64_t bits
    _scan(labels, &scanned)
    for matrix in _matrices(candidates, labels, ()):
        image = _image_of(matrix) if scanned.size >= 0 else None
        if image is None:
            _take(<list?>matrix._answers, _matching(matrix, labels, &scanned), found)
            continue
        bits = image.bits & ~image.fails(&scanned, 0)
        if bits & image.evaluated:
            bits = matrix._evaluate(bits, labels)
        image.take(bits, found)
    return found


def find_keys(candidates, dict labels not None):
    """Return the caller's keys of the selectors that select a label set."""
    cdef set found = set()
    selector_class = candidates.selector_class
    labels = labels.copy()  # it owns the strings, whatever happens while selectors are evaluated
    for answer in _answers(candidates, labels):
        if type(answer) is selector_class:
            found.update(answer.keys)
        else:
            found.add(answer)
    if candidates._branched:
        candidates.add_branched_keys(labels, found)
    return found


def find_answers(candidates, dict labels not None):
    """Return the answer of each selector that selects a label set."""
    cdef list found
    labels = labels.copy()
    found = _answers(candidates, labels)
    if candidates._branched:
        candidates.add_branched_answers(labels, found)
    return found


cdef class Comparison:
    """A change of labels: both label sets, and the keys that differ, also as images."""

    cdef dict before
    cdef dict after
    cdef object changed
    cdef LabelsImage old
    cdef LabelsImage new
    cdef LabelsImage keys
    cdef list stopped
    cdef list started

    cdef int compare(self, matrix) except -1:
        """`BitMatrix.changed`. Add the answers of those that match only before or only after."""
        cdef MatrixImage image = None
        if self.old.size >= 0 and self.new.size >= 0 and self.keys.size >= 0:
            image = _image_of(matrix)
        if image is None:
            return self.compare_columns(matrix)
        return self.compare_image(matrix, image)

    cdef int compare_image(self, matrix, MatrixImage image) except -1:
        cdef uint64_t old = 0, new = 0, evaluated = 0, without = 0, left, was, now
        cdef Py_ssize_t place, number
        cdef LabelImage *key
        cdef ColumnImage *column
        for number in range(self.keys.size):
            key = &self.keys.labels[number]
            for place in range(image.size):
                column = &image.columns[place]
                if column.hash == key.hash and same_text(column.key, key.key):
                    old |= image.fails_at(column, _value_of(&self.old, key.hash, key.key))
                    new |= image.fails_at(column, _value_of(&self.new, key.hash, key.key))
                    evaluated |= column.evaluated
                    without |= <uint64_t>1 << place
                    break
        left = image.bits & ((old ^ new) | evaluated)
        if not left:
            return 0
        left &= ~image.fails(&self.new, without)
        was, now = left & ~old, left & ~new
        if was & image.evaluated:
            was = matrix._evaluate(was, self.before)
        if now & image.evaluated:
            now = matrix._evaluate(now, self.after)
        image.take(was & ~now, self.stopped)
        image.take(now & ~was, self.started)
        return 0

    cdef int compare_columns(self, matrix) except -1:
        cdef dict columns = <dict?>matrix._columns
        cdef object old = 0, new = 0, evaluated = 0
        for key in self.changed:
            column = columns.get(key)
            if column is not None:
                old |= _fails_at(column, self.before.get(key))
                new |= _fails_at(column, self.after.get(key))
                evaluated |= column.evaluated
        left = matrix._bits & ((old ^ new) | evaluated)
        if not left:
            return 0
        left &= ~_fails(matrix, self.after, self.changed)
        was = _decide(matrix, left & ~old, self.before)
        now = _decide(matrix, left & ~new, self.after)
        _take(<list?>matrix._answers, was & ~now, self.stopped)
        _take(<list?>matrix._answers, now & ~was, self.started)
        return 0


def find_changes(candidates, dict before not None, dict after not None, changed):
    """Return the answer of each selector that stops, and of each that starts matching."""
    cdef Comparison this = Comparison.__new__(Comparison)
    cdef list both, old = [], new = []
    cdef dict by_key = <dict?>candidates._by_key
    this.before, this.after, this.changed = before.copy(), after.copy(), tuple(changed)
    this.stopped, this.started = [], []
    _scan(this.before, &this.old)
    _scan(this.after, &this.new)
    _scan(dict.fromkeys(this.changed, ""), &this.keys)
    both = _matrices(candidates, this.after, this.changed)
    for key in this.changed:
        buckets = by_key.get(key)
        if buckets is not None:
            was, now = this.before.get(key), this.after.get(key)
            _add_matrices(<dict?>buckets, None, new if was is None else old if now is None else both)
            if was is not None:
                _add_matrices(<dict?>buckets, was, old)
            if now is not None:
                _add_matrices(<dict?>buckets, now, new)
    for matrix in both:
        this.compare(matrix)
    if old or new:
        was_in = _found(old, this.before, &this.old)
        now_in = _found(new, this.after, &this.new)
        this.stopped += _missing(was_in, now_in)
        this.started += _missing(now_in, was_in)
    if candidates._branched_keys:
        candidates.add_branched_changes(
            this.before, this.after, this.changed, this.stopped, this.started
        )
    return this.stopped, this.started


cdef dict _found(list matrices, dict labels, LabelsImage *scanned):
    """Return the selectors that select a label set, each with its answer."""
    cdef list selectors = [], answers = []
    for matrix in matrices:
        bits = _matching(matrix, labels, scanned)
        _take(<list?>matrix._selectors, bits, selectors)
        _take(<list?>matrix._answers, bits, answers)
    return dict(zip(selectors, answers, strict=True))


cdef list _missing(dict found, dict other):
    """Return the answers of the selectors that are only in the first dict."""
    return [answer for selector, answer in found.items() if selector not in other]


def merged_groups(list answers not None, selector_class):
    """Return the caller's keys of answers, those of all selectors with one key together."""
    cdef list alone = [], shared = []
    for answer in answers:
        if type(answer) is selector_class:
            shared.append(answer.share_keys())
        else:
            alone.append(answer)
    return [alone] + shared if alone else shared
