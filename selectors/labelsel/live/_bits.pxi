# The look-ups of live/candidate_index.py, live/bit_matrix.py, and live/indexed_selector.py, compiled.
# They read the same objects as the pure code and find the same, in the same order.
#
# What a look-up takes is the memory that it has to fetch. So a small matrix has images, made at its
# first look-up and thrown away when it changes, one for each `BITS` selectors: columns and values,
# with the hashes, in one piece of memory. A string is compared only where the hashes are equal, and
# Python's hash of a string is seeded. A large matrix is asked in Python: there the time is that of
# long integers.

cdef enum:
    BITS = 64  # selectors of an image: one word has their bits
    MAX_SELECTORS = 512
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
    uint64_t absent, others, evaluated
    Py_ssize_t first, end  # the part of `listed` with its values
    PyObject *tests  # the column itself if it has tests, else NULL


cdef struct LabelImage:
    Py_hash_t hash
    PyObject *key
    PyObject *value


cdef class LabelsImage:
    """The image of labels that are asked about; a value of None is that of an absent key."""

    cdef dict labels  # it owns the strings, whatever happens while selectors are evaluated
    cdef Py_ssize_t size  # -1: a matrix must use the dict
    cdef LabelImage images[MAX_LABELS]

    cdef PyObject *value_of(self, Py_hash_t hash, PyObject *key) noexcept:
        """Return the value of a key, NULL if it is absent."""
        cdef Py_ssize_t place
        for place in range(self.size):
            if self.images[place].hash == hash and same_text(self.images[place].key, key):
                return self.images[place].value
        return NULL


cdef LabelsImage image_of(dict labels):
    """Make the image of a dict that nobody else changes. Many labels or other types have none."""
    cdef LabelsImage image = LabelsImage.__new__(LabelsImage)
    cdef Py_ssize_t size = 0
    image.labels, image.size = labels, -1
    if len(labels) > MAX_LABELS:
        return image
    for key, value in labels.items():
        if type(key) is not str or (type(value) is not str and value is not None):
            return image
        image.images[size] = LabelImage(PyObject_Hash(<PyObject *>key), <PyObject *>key, NULL)
        if value is not None:
            image.images[size].value = <PyObject *>value
        size += 1
    image.size = size
    return image


cdef class MatrixState:
    cdef public object image


cdef class BucketState:
    cdef public list matrices
    cdef public Py_ssize_t lookups, next_review


cdef class CandidateState:
    cdef public BucketState _unanchored
    cdef public dict _by_key, _buckets, _branched
    cdef public Py_ssize_t lookups, sampling
    cdef public list due
    cdef public object _branched_keys


cdef class MatrixImage:
    """The image of some selectors of a matrix. It owns the objects to which it points."""

    cdef Py_ssize_t first  # the number of the selector with the lowest bit
    cdef uint64_t bits, evaluated
    cdef Py_ssize_t size
    cdef ColumnImage *columns
    cdef Listed *listed  # in the same piece of memory, after the columns
    cdef list answers, owned

    def __dealloc__(self):
        PyMem_Free(self.columns)

    cdef uint64_t word(self, bits) except? 1:
        """Return the bits of the selectors of the image."""
        return <uint64_t>(bits >> self.first & 0xFFFFFFFFFFFFFFFF)

    cdef int fill(self, matrix, dict columns, Py_ssize_t listed) except -1:
        cdef Py_ssize_t size = len(columns), place = 0
        cdef Py_hash_t hash
        cdef ColumnImage *image
        self.columns = <ColumnImage *>PyMem_Malloc(size * sizeof(ColumnImage) + listed * sizeof(Listed))
        if self.columns == NULL:
            raise MemoryError
        self.listed = <Listed *>&self.columns[size]
        self.bits, self.evaluated = self.word(matrix._bits), self.word(matrix._evaluated)
        self.answers = (<list?>matrix._answers)[self.first : self.first + BITS]
        self.owned = []
        for key, column in columns.items():
            image = &self.columns[self.size]
            self.owned += [key, column]
            image.hash, image.key = PyObject_Hash(<PyObject *>key), <PyObject *>key
            image.absent, image.others = self.word(column.absent), self.word(column.others)
            image.evaluated = self.word(column.evaluated)
            image.tests = <PyObject *>column if column.tests else NULL
            image.first = place
            for value, bits in (<dict?>column.listed).items():
                self.owned.append(value)
                hash = PyObject_Hash(<PyObject *>value)
                self.listed[place] = Listed(hash, <PyObject *>value, self.word(bits))
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
            fails |= self.word((<object>column.tests).failing_tests(<object>value))
        return fails

    cdef uint64_t fails(self, LabelsImage labels, uint64_t without) except? 1:
        """Return the selectors that fail, except at the columns whose bits ``without`` has."""
        cdef uint64_t fails = 0
        cdef Py_ssize_t place
        cdef ColumnImage *column
        for place in range(self.size):
            if not without >> place & 1:
                column = &self.columns[place]
                fails |= self.fails_at(column, labels.value_of(column.hash, column.key))
        return fails

    cdef bint compare(self, LabelsImage after, LabelsImage old, uint64_t *was, uint64_t *now) except? True:
        """Set which selectors fail at no column before and after; return whether this differs."""
        cdef uint64_t fails = 0, fails_now = 0, evaluated = 0, without = 0, left
        cdef Py_ssize_t place, number
        cdef LabelImage *key
        cdef ColumnImage *column
        for number in range(old.size):
            key = &old.images[number]
            for place in range(self.size):
                column = &self.columns[place]
                if column.hash == key.hash and same_text(column.key, key.key):
                    fails |= self.fails_at(column, key.value)
                    fails_now |= self.fails_at(column, after.value_of(key.hash, key.key))
                    evaluated |= column.evaluated
                    without |= <uint64_t>1 << place
                    break
        left = self.bits & ((fails ^ fails_now) | evaluated)
        if left:
            left &= ~self.fails(after, without)
        was[0], now[0] = left & ~fails, left & ~fails_now
        return left != 0

    cdef uint64_t decide(self, matrix, uint64_t bits, dict labels) except? 1:
        """`BitMatrix._evaluate`, which is called if there is something to evaluate."""
        if bits & self.evaluated:
            return self.word(matrix._evaluate((<object>bits) << self.first, labels))
        return bits


cdef int _take(list source, uint64_t bits, list found) except -1:
    """Append the elements at the positions of the bits that are set, from the lowest."""
    cdef Py_ssize_t place, size = len(source)
    if size < BITS and bits >> size:
        raise IndexError("a bit without a selector")
    for place in range(size if bits else 0):  # fetched all at once, not one after the other
        if bits >> place & 1:
            prefetch(PyList_GET_ITEM(<PyObject *>source, place))
    for place in range(size if bits else 0):
        if bits >> place & 1:
            found.append(source[place])
    return 0


cdef list _images_of(MatrixState matrix, LabelsImage asked):
    """Return the images of a matrix; none if the matrix or the label set is too large."""
    cdef Py_ssize_t listed = 0, first
    cdef MatrixImage image
    cdef list images, selectors
    cdef dict columns
    if asked.size < 0:
        return []
    if matrix.image is not None:
        return <list?>matrix.image
    images, selectors, columns = [], <list?>matrix._selectors, <dict?>matrix._columns
    for key, column in columns.items():
        listed += len(<dict?>column.listed)
        for text in [key, *column.listed]:
            if type(text) is not str:
                raise TypeError("expected a string")
    if len(selectors) <= MAX_SELECTORS and len(columns) <= MAX_COLUMNS and listed <= MAX_LISTED:
        for first in range(0, len(selectors), BITS):
            image = MatrixImage.__new__(MatrixImage)
            image.first = first
            image.fill(matrix, columns, listed)
            images.append(image)
    matrix.image = images
    return images


cdef int _add_matrices(dict buckets, value, list found) except -1:
    bucket = buckets.get(value)
    if bucket is not None:
        found += (<BucketState?>bucket).matrices
    return 0


def count_lookup(CandidateState candidates not None, dict labels not None):
    candidates.lookups += 1
    if candidates.lookups % candidates.sampling == 0:
        for key, value in labels.items():
            buckets = candidates._buckets.get(key)
            if buckets is not None:
                _count_bucket(candidates, (<dict?>buckets).get(None))
                _count_bucket(candidates, (<dict?>buckets).get(value))


cdef int _count_bucket(CandidateState candidates, BucketState bucket) except -1:
    if bucket is not None:
        bucket.lookups += candidates.sampling
        if bucket.lookups >= bucket.next_review and not bucket.is_empty:
            candidates.due.append(bucket)
    return 0


cdef list _matrices(CandidateState candidates, dict labels, without):
    """`CandidateIndex.matrices`."""
    cdef dict by_key = candidates._by_key
    cdef list found = list(candidates._unanchored.matrices)
    count_lookup(candidates, labels)
    for key in by_key if len(by_key) < len(labels) else labels:
        value, buckets = labels.get(key), by_key.get(key)
        if value is not None and buckets is not None and key not in without:
            _add_matrices(<dict?>buckets, None, found)
            _add_matrices(<dict?>buckets, value, found)
    return found


cdef list _matching(list matrices, LabelsImage asked):
    """Return the answers of the selectors in matrices that select a label set."""
    cdef list images, found = []
    cdef MatrixImage image
    cdef uint64_t bits
    for matrix in matrices:
        images = _images_of(<MatrixState?>matrix, asked)
        for each in images:
            image = <MatrixImage?>each
            bits = image.decide(matrix, image.bits & ~image.fails(asked, 0), asked.labels)
            _take(image.answers, bits, found)
        if not images:
            matrix.add_answers(matrix.matching(asked.labels), found)
    return found


def find_answers(CandidateState candidates not None, dict labels not None):
    cdef LabelsImage asked = image_of(labels.copy())
    cdef list found = _matching(_matrices(candidates, asked.labels, ()), asked)
    if candidates._branched:
        candidates.add_branched_answers(asked.labels, found)
    return found


def find_keys(CandidateState candidates not None, labels):
    cdef list answers = find_answers(candidates, labels)
    cdef set found = set(answers)
    selector_class = candidates.classes[0]
    for answer in answers:
        if type(answer) is selector_class:
            found.remove(answer)
            found.update(answer.keys)
    return found


cdef int _compare(
    MatrixState matrix, dict before, LabelsImage after, LabelsImage old, list stopped, list started
) except -1:
    """`BitMatrix.changed`. Add the answers of those that match only before or only after."""
    cdef list images = [] if old.size < 0 else _images_of(matrix, after)
    cdef MatrixImage image
    cdef uint64_t was, now
    for each in images:
        image = <MatrixImage?>each
        if image.compare(after, old, &was, &now):
            was = image.decide(matrix, was, before)
            now = image.decide(matrix, now, after.labels)
            _take(image.answers, was & ~now, stopped)
            _take(image.answers, now & ~was, started)
    if not images:
        bits_before, bits_after = matrix.changed(before, after.labels, old.labels)
        matrix.add_answers(bits_before & ~bits_after, stopped)
        matrix.add_answers(bits_after & ~bits_before, started)
    return 0


def find_changes(CandidateState candidates not None, dict before not None, dict after not None, changed):
    cdef LabelsImage new = image_of(after.copy())
    cdef LabelsImage old = image_of({key: before.get(key) for key in changed})
    cdef list matrices, gone = [], come = [], stopped = [], started = []
    matrices = _matrices(candidates, new.labels, old.labels)
    for key, was in old.labels.items():
        buckets = candidates._by_key.get(key)
        if buckets is not None:
            now = new.labels.get(key)
            of_key = come if was is None else gone if now is None else matrices
            _add_matrices(<dict?>buckets, None, of_key)
            if was is not None:
                _add_matrices(<dict?>buckets, was, gone)
            if now is not None:
                _add_matrices(<dict?>buckets, now, come)
    for matrix in matrices:
        _compare(<MatrixState?>matrix, before, new, old, stopped, started)
    if gone or come:
        gone, come = _matching(gone, image_of(before.copy())), _matching(come, new)
        kept = {id(answer) for answer in gone}.intersection([id(answer) for answer in come])
        stopped += [answer for answer in gone if id(answer) not in kept]
        started += [answer for answer in come if id(answer) not in kept]
    if candidates._branched_keys:
        candidates.add_branched_changes(before, new.labels, old.labels, stopped, started)
    return stopped, started


def find_change(CandidateState candidates not None, item, before, after, changed):
    cdef tuple classes = candidates.classes
    cdef list stopped = [], started = []
    if before is not None and after is not None:
        stopped, started = find_changes(candidates, before, after, changed)
    elif before is not None:
        stopped = find_answers(candidates, before)
    elif after is not None:
        started = find_answers(candidates, after)
    if stopped or started:
        items = (item,)
        return classes[2](_pairs(items, started, classes), _pairs(items, stopped, classes))


cdef object _pairs(tuple items, list answers, tuple classes):
    """Return items with the caller's keys of answers; those of selectors with one together."""
    cdef list alone = [answer for answer in answers if type(answer) is not classes[0]]
    cdef list found = [(items, alone)] if alone else []
    if not answers:
        return classes[3]
    if len(alone) < len(answers):
        found += [(items, each.share_keys()) for each in answers if type(each) is classes[0]]
    return classes[1](found)
