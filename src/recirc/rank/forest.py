"""A learned model as flat arrays. Compiled code walks the trees, for scores and for what each feature group adds."""

from typing import Any, NamedTuple

import numpy as np

from recirc.compiled import compiled
from recirc.rank.features import Features
from recirc.types import FloatArray, IntArray

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

    Attributes, m = nodes and leaves, t = trees:
        feature: int32 (m,), threshold: float64 (m,), value: float64 (m,), roots: int32 (t,): as in `Forest`.
        children: int32 (2 m,): the left and right child of each node in turn; a leaf is its own child.
        gains: float64 (2 m,): what the step to that child adds to the expected value; of a leaf 0.
        depths: int32 (t,): steps from each root to its deepest leaf.
    """

    feature: IntArray
    threshold: FloatArray
    value: FloatArray
    roots: IntArray
    children: IntArray
    gains: FloatArray
    depths: IntArray


@compiled
def prepare(forest: Forest) -> PreparedForest:
    """A forest for `tree_scores` and `tree_contributions`. Trees follow one another, children after their parents."""
    m = len(forest.feature)
    children, depth = np.empty(2 * m, np.int32), np.zeros(m, np.int32)
    gains, deepest = np.zeros(2 * m), np.zeros(len(forest.roots), np.int32)
    tree = -1
    for at in range(m):
        if tree + 1 < len(forest.roots) and forest.roots[tree + 1] == at:
            tree += 1
        if forest.feature[at] < 0:
            children[2 * at], children[2 * at + 1] = at, at
            deepest[tree] = max(deepest[tree], depth[at])
        else:
            left, right = forest.left[at], forest.right[at]
            children[2 * at], children[2 * at + 1] = left, right
            gains[2 * at] = forest.value[left] - forest.value[at]
            gains[2 * at + 1] = forest.value[right] - forest.value[at]
            depth[left] = depth[right] = depth[at] + 1
    return PreparedForest(
        forest.feature, forest.threshold, forest.value, forest.roots, children, gains, deepest
    )


@compiled
def tree_scores(forest: PreparedForest, features: Features) -> FloatArray:
    """The score of each row of features, float64 (n,) of float32 (n, F).

    All rows descend a tree together, one level at a time, for as many levels as the tree is deep; rows that have
    reached a leaf stay there. Without a branch that depends on a feature the processor overlaps the steps of many
    rows, which takes half the time of one walk after another.
    """
    feature, threshold, value, children = forest.feature, forest.threshold, forest.value, forest.children
    total, at = np.zeros(len(features)), np.empty(len(features), np.int32)
    for tree in range(len(forest.roots)):
        at[:] = forest.roots[tree]
        for _ in range(forest.depths[tree]):
            for row in range(len(features)):
                node = at[row]
                # A leaf's feature is LEAF = -1, so the last feature is compared; both children are the leaf itself.
                goes_right = 1 - (features[row, feature[node]] <= threshold[node])
                at[row] = children[2 * node + goes_right]
        for row in range(len(features)):
            total[row] += value[at[row]]
    return total


@compiled
def tree_contributions(
    forest: PreparedForest, features: Features, groups: IntArray, count: int
) -> FloatArray:
    """What each group of features adds to each score, float64 (n, count).

    On the path through a tree the expected value changes at each node; the change is attributed to the node's feature
    (Saabas, 2014: "Interpreting random forests"). A row's contributions add up to its score minus the trees' mean
    values, which are the same for all rows.

    Args:
        features: float32 (n, F).
        groups: int32 (F,), each below `count`.
    """
    feature, threshold, children, gains = forest.feature, forest.threshold, forest.children, forest.gains
    added, at = np.zeros((len(features), count)), np.empty(len(features), np.int32)
    for tree in range(len(forest.roots)):
        at[:] = forest.roots[tree]
        for _ in range(forest.depths[tree]):
            for row in range(len(features)):
                # As in `tree_scores`; a leaf's step to itself adds 0.
                compared = feature[at[row]]
                step = 2 * at[row] + 1 - (features[row, compared] <= threshold[at[row]])
                added[row, groups[compared]] += gains[step]
                at[row] = children[step]
    return added


def scores(forest: Forest, features: Features) -> FloatArray:
    """As `tree_scores`, for a forest that is walked once."""
    found: FloatArray = tree_scores(prepare(forest), features)
    return found


def contributions(forest: Forest, features: Features, groups: IntArray, count: int) -> FloatArray:
    """As `tree_contributions`, for a forest that is walked once."""
    found: FloatArray = tree_contributions(prepare(forest), features, groups, count)
    return found
