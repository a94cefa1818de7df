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


@compiled
def _children_and_depths(forest: Forest) -> tuple[IntArray, IntArray]:
    """The left and right child of each node in turn, int32 (2 m,), where a leaf is its own child; and the depth of each
    tree, int32 (t,). Trees follow one another, and children come after their parents.
    """
    m = len(forest.feature)
    children, depth = np.empty(2 * m, np.int32), np.zeros(m, np.int32)
    deepest = np.zeros(len(forest.roots), np.int32)
    tree = -1
    for at in range(m):
        if tree + 1 < len(forest.roots) and forest.roots[tree + 1] == at:
            tree += 1
        if forest.feature[at] < 0:
            children[2 * at], children[2 * at + 1] = at, at
            deepest[tree] = max(deepest[tree], depth[at])
        else:
            children[2 * at], children[2 * at + 1] = forest.left[at], forest.right[at]
            depth[forest.left[at]] = depth[forest.right[at]] = depth[at] + 1
    return children, deepest


@compiled
def scores(forest: Forest, features: Features) -> FloatArray:
    """The score of each row of features, float64 (n,) of float32 (n, F).

    All rows descend a tree together, one level at a time, for as many levels as the tree is deep; rows that have
    reached a leaf stay there. Without a branch that depends on a feature the processor overlaps the steps of many
    rows, which takes half the time of one walk after another.
    """
    children, deepest = _children_and_depths(forest)
    feature, threshold, value = forest.feature, forest.threshold, forest.value
    total, at = np.zeros(len(features)), np.empty(len(features), np.int32)
    for tree in range(len(forest.roots)):
        at[:] = forest.roots[tree]
        for _ in range(deepest[tree]):
            for row in range(len(features)):
                node = at[row]
                # A leaf's feature is LEAF = -1, so the last feature is compared; both children are the leaf itself.
                goes_right = 1 - (features[row, feature[node]] <= threshold[node])
                at[row] = children[2 * node + goes_right]
        for row in range(len(features)):
            total[row] += value[at[row]]
    return total


@compiled
def contributions(forest: Forest, features: Features, groups: IntArray, count: int) -> FloatArray:
    """What each group of features adds to each score, float64 (n, count).

    On the path through a tree the expected value changes at each node; the change is attributed to the node's feature
    (Saabas, 2014: "Interpreting random forests"). A row's contributions add up to its score minus the trees' mean
    values, which are the same for all rows.

    Args:
        features: float32 (n, F).
        groups: int32 (F,), each below `count`.
    """
    added = np.zeros((len(features), count))
    for root in forest.roots:
        for row in range(len(features)):
            at = root
            while forest.feature[at] >= 0:
                feature = forest.feature[at]
                go_left = features[row, feature] <= forest.threshold[at]
                child = forest.left[at] if go_left else forest.right[at]
                added[row, groups[feature]] += forest.value[child] - forest.value[at]
                at = child
    return added
