"""A learned model as flat arrays. Compiled code walks the trees, for scores and for what each feature group adds."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled, compiled_in_place
from recirc.rank.features import Features
from recirc.types import FloatArray, IntArray, LongArray

Indices = NDArray[np.uint32]

LEAF = -1


class Forest(NamedTuple):
    """Regression trees whose values add up.

    Attributes, over all trees, m = nodes and leaves:
        feature: int32 (m,): the feature that a node compares; LEAF: the node is a leaf.
        threshold: float64 (m,): values up to and including it go left.
        left, right: int32 (m,): indices of the children.
        value: float64 (m,): of a leaf what it adds to the score; of a node the mean of its leaves, weighted by the
            number of training examples in each.
        roots: int32 (t,): index of the first node of each tree.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray
    roots: IntArray


def forest_from_lightgbm(dumped: dict[str, Any]) -> Forest:
    """Convert a LightGBM model, in the form of `Booster.dump_model`.

    Raises:
        ValueError: the model has splits of another kind than `feature <= threshold`.
    """
    feature, left, right, roots = list[int](), list[int](), list[int](), list[int]()
    threshold, value = list[float](), list[float]()

    def add(node: dict[str, Any]) -> tuple[int, float]:
        at = len(feature)
        is_leaf = "split_feature" not in node
        feature.append(LEAF if is_leaf else node["split_feature"])
        threshold.append(0.0 if is_leaf else float(node["threshold"]))
        value.append(float(node["leaf_value"]) if is_leaf else 0.0)
        left.append(LEAF)
        right.append(LEAF)
        if is_leaf:
            return at, float(node.get("leaf_count", 1))
        if node["decision_type"] != "<=":
            raise ValueError(f"a split of kind {node['decision_type']!r}; only '<=' is supported")
        left[at], lefts = add(node["left_child"])
        right[at], rights = add(node["right_child"])
        value[at] = (lefts * value[left[at]] + rights * value[right[at]]) / max(lefts + rights, 1.0)
        return at, lefts + rights

    roots.extend(add(tree["tree_structure"])[0] for tree in dumped["tree_info"])
    return Forest(
        np.array(feature, np.int32),
        np.array(threshold, np.float64),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(value, np.float64),
        np.array(roots, np.int32),
    )


class PreparedForest(NamedTuple):
    """A forest laid out for walks, prepared once for each model.

    Attributes, m = nodes and leaves, t = trees, p = steps of all paths from a root to a leaf:
        feature: uint32 (m,): as in `Forest`, of a leaf 0.
        threshold: float32 (m,): the largest float32 up to the threshold, which no float32 tells from it.
        value: float64 (m,): as in `Forest`.
        children: uint32 (2 m,): the left and right child of each node in turn; a leaf is its own child.
        roots: uint32 (t,), depths: int32 (t,): the first node of each tree, and the steps to its deepest leaf.
        paths: int32 (m + 1,): where the steps to each leaf begin in the next two, and end.
        path_features: int32 (p,): the feature that a step goes by.
        path_gains: float64 (p,): what the step adds to the expected value.
    """

    feature: Indices
    threshold: Features
    value: FloatArray
    children: Indices
    roots: Indices
    depths: IntArray
    paths: IntArray
    path_features: IntArray
    path_gains: FloatArray


def prepare(forest: Forest) -> PreparedForest:
    """A forest for the walks below. Trees follow one another, children after their parents."""
    with np.errstate(over="ignore"):  # one beyond all float32 becomes infinite, and then the largest of them
        threshold = forest.threshold.astype(np.float32)
    above = threshold.astype(np.float64) > forest.threshold
    threshold[above] = np.nextafter(threshold[above], np.float32(-np.inf))
    children, depths, paths = _structure(forest)
    path_features, path_gains = _paths(forest, children, paths)
    feature = np.maximum(forest.feature, 0).astype(np.uint32)
    roots = forest.roots.astype(np.uint32)
    return PreparedForest(
        feature, threshold, forest.value, children, roots, depths, paths, path_features, path_gains
    )


@compiled
def _structure(forest: Forest) -> tuple[Indices, IntArray, IntArray]:
    """`children`, `depths` and `paths` of the prepared forest."""
    m = len(forest.feature)
    children, depth = np.empty(2 * m, np.uint32), np.zeros(m, np.int32)
    deepest, paths = np.zeros(len(forest.roots), np.int32), np.zeros(m + 1, np.int32)
    tree = -1
    for at in range(m):
        if tree + 1 < len(forest.roots) and forest.roots[tree + 1] == at:
            tree += 1
        paths[at + 1] = paths[at]
        if forest.feature[at] < 0:
            children[2 * at], children[2 * at + 1] = at, at
            deepest[tree] = max(deepest[tree], depth[at])
            paths[at + 1] += depth[at]
        else:
            left, right = forest.left[at], forest.right[at]
            children[2 * at], children[2 * at + 1] = left, right
            depth[left] = depth[right] = depth[at] + 1
    return children, deepest, paths


@compiled
def _paths(forest: Forest, children: Indices, paths: IntArray) -> tuple[IntArray, FloatArray]:
    """`path_features` and `path_gains` of the prepared forest."""
    m = len(forest.feature)
    parent = np.zeros(m, np.int32)
    for at in range(m):
        if forest.feature[at] >= 0:
            parent[children[2 * at]] = parent[children[2 * at + 1]] = at
    features, gains = np.empty(paths[m], np.int32), np.empty(paths[m])
    for leaf in range(m):
        at = leaf
        for step in range(paths[leaf + 1] - 1, paths[leaf] - 1, -1):
            features[step] = forest.feature[parent[at]]
            gains[step] = forest.value[at] - forest.value[parent[at]]
            at = parent[at]
    return features, gains


@compiled_in_place
def _descend(forest: PreparedForest, tree: int, features: Features, first: Indices, at: Indices) -> None:
    """The leaf of a tree that each row reaches, uint32 (n,), into `at`.

    All rows descend together, one level at a time, for as many levels as the tree is deep; rows that have reached a
    leaf stay there. Without a branch that depends on a feature the processor overlaps the steps of many rows. Indices
    without a sign need no test for negative ones, which takes half of the time.

    Args:
        features: float32 (n · F,), one row after another.
        first: uint32 (n,): place of each row's first feature.
    """
    feature, threshold, children = forest.feature, forest.threshold, forest.children
    at[:] = forest.roots[tree]
    for _ in range(forest.depths[tree]):
        for row in range(len(at)):
            node = at[row]
            goes_right = not (features[first[row] + feature[node]] <= threshold[node])
            at[row] = children[np.uint32(2) * node + np.uint32(goes_right)]


@compiled
def _first_places(features: Features) -> Indices:
    """Place of each row's first feature, uint32 (n,)."""
    first = np.empty(len(features), np.uint32)
    for row in range(len(features)):
        first[row] = row * features.shape[1]
    return first


class WalkRoom(NamedTuple):
    """Room to walk trees with at most r rows of F features.

    Attributes:
        features: float32 (r, F).
        flat: float32 (r · F,): the same memory, one row after another.
        first: uint32 (r,): place of each row's first feature.
        leaves: uint32 (t or more, r): the leaf that each row reaches in each tree.
    """

    features: Features
    flat: Features
    first: Indices
    leaves: Indices

    @classmethod
    def of(cls, rows: int, columns: int, trees: int) -> "WalkRoom":
        """Room for so many rows, features and trees."""
        flat = np.zeros(rows * columns, np.float32)
        first = np.arange(rows, dtype=np.uint32) * np.uint32(columns)
        return cls(flat.reshape(rows, columns), flat, first, np.zeros((trees, rows), np.uint32))


@compiled_in_place
def walk(forest: PreparedForest, room: WalkRoom, n: int, scores: FloatArray) -> None:
    """Write the scores of the first n rows, float64 (n or more,), and the leaves that they reach."""
    for row in range(n):
        scores[row] = 0.0
    for tree in range(len(forest.roots)):
        at = room.leaves[tree][:n]
        _descend(forest, tree, room.flat, room.first, at)
        for row in range(n):
            scores[row] += forest.value[at[row]]


@compiled
def tree_scores(forest: PreparedForest, features: Features) -> FloatArray:
    """The score of each row of features, float64 (n,) of float32 (n, F)."""
    flat, first = features.ravel(), _first_places(features)
    total, at = np.zeros(len(features)), np.empty(len(features), np.uint32)
    for tree in range(len(forest.roots)):
        _descend(forest, tree, flat, first, at)
        for row in range(len(at)):
            total[row] += forest.value[at[row]]
    return total


@compiled
def scores_and_leaves(forest: PreparedForest, features: Features) -> tuple[FloatArray, Indices]:
    """As `tree_scores`; and the leaf that each row reaches in each tree, uint32 (t, n)."""
    flat, first = features.ravel(), _first_places(features)
    total, leaves = np.zeros(len(features)), np.empty((len(forest.roots), len(features)), np.uint32)
    for tree in range(len(forest.roots)):
        at = leaves[tree]
        _descend(forest, tree, flat, first, at)
        for row in range(len(at)):
            total[row] += forest.value[at[row]]
    return total, leaves


@compiled
def leaf_contributions(
    forest: PreparedForest, leaves: Indices, rows: LongArray, groups: IntArray, count: int
) -> FloatArray:
    """What each group of features adds to the scores of some rows, float64 (m, count).

    On the path through a tree the expected value changes at each node; the change is attributed to the node's feature
    (Saabas, 2014: "Interpreting random forests"). A row's contributions add up to its score minus the trees' mean
    values, which are the same for all rows.

    Args:
        leaves: uint32 (t, n), see `scores_and_leaves`.
        rows: int64 (m,).
        groups: int32 (F,), each below `count`.
    """
    added = np.zeros((len(rows), count))
    for place in range(len(rows)):
        add_contributions(forest, leaves, rows[place], groups, added[place])
    return added


@compiled_in_place
def add_contributions(
    forest: PreparedForest, leaves: Indices, row: int, groups: IntArray, own: FloatArray
) -> None:
    """Add what each group of features adds to the score of one row to `own`, float64 (count,)."""
    for tree in range(len(forest.roots)):
        leaf = leaves[tree, row]
        for step in range(forest.paths[leaf], forest.paths[leaf + np.uint32(1)]):
            own[groups[forest.path_features[step]]] += forest.path_gains[step]


def scores(forest: Forest, features: Features) -> FloatArray:
    """As `tree_scores`, for a forest that is walked once."""
    found: FloatArray = tree_scores(prepare(forest), features)
    return found


def contributions(forest: Forest, features: Features, groups: IntArray, count: int) -> FloatArray:
    """As `leaf_contributions`, of all rows, for a forest that is walked once."""
    prepared = prepare(forest)
    _, leaves = scores_and_leaves(prepared, features)
    found: FloatArray = leaf_contributions(prepared, leaves, np.arange(len(features)), groups, count)
    return found
