"""Peers: published methods that `recirc replay LOG --policies benchmarks/peers` compares with the engine's own."""

from peers.item_item import ItemBM25, ItemCosine
from peers.neighbours import VMISkNN, VSkNN
from peers.popular_tuned import PopularTuned

__all__ = ["ItemBM25", "ItemCosine", "PopularTuned", "VMISkNN", "VSkNN"]
