// JoinSiblings: the shape of the fixed tree over shards, for any kind of partial sum: node (level, index) is of the shards
// [index * 2^level, (index + 1) * 2^level), cut at the number of shards.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tusk::ml {

// Number of nodes on `level`.
inline uint64_t NodesOnLevel(uint64_t shards, uint32_t level) { return (shards + (uint64_t{1} << level) - 1) >> level; }

// Joins siblings by add(left, right), from the leaves up, until nothing can be joined. `nodes` are ascending by first shard. A node
// whose sibling would lie beyond the last shard rises by itself.
template <typename Node, typename Add>
void JoinSiblings(uint64_t shards, std::vector<Node>& nodes, const Add& add) {
  for (uint32_t level = 0; NodesOnLevel(shards, level) > 1; ++level) {
    std::vector<Node> next;
    for (size_t i = 0; i < nodes.size(); ++i) {
      Node& node = nodes[i];
      const bool left = node.level == level && node.index % 2 == 0;
      if (left && node.index + 1 == NodesOnLevel(shards, level)) {
        ++node.level;
        node.index /= 2;
      } else if (left && i + 1 < nodes.size() && nodes[i + 1].level == level && nodes[i + 1].index == node.index + 1) {
        add(node, nodes[i + 1]);
        ++node.level;
        node.index /= 2;
        next.push_back(std::move(node));
        ++i;
        continue;
      }
      next.push_back(std::move(node));
    }
    nodes = std::move(next);
  }
}

// Whether what is left is the root alone.
template <typename Node>
bool IsRoot(uint64_t shards, const std::vector<Node>& nodes) {
  return nodes.size() == 1 && nodes[0].index == 0 && NodesOnLevel(shards, nodes[0].level < 63 ? nodes[0].level : 63) == 1;
}

}  // namespace tusk::ml
