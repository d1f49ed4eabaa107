// KeyFields: parts of a key by field and character, as Hadoop's KeyFieldBasedPartitioner and KeyFieldBasedComparator
// take them from options like sort's: "-k1,2 -k3.2,3.4nr", "-n", "-r".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"

namespace tusk::mapreduce {

class KeyFields {
 public:
  // By mapreduce.partition.keycomparator.options.
  static Result<KeyFields> ForComparing(const Configuration& conf);
  // By mapreduce.partition.keypartitioner.options, or num.key.fields.for.partition.
  static Result<KeyFields> ForPartitioning(const Configuration& conf);

  int Compare(std::string_view a, std::string_view b) const;
  // In [0, partitions).
  int PartitionOf(std::string_view key, int partitions) const;

 private:
  // Fields and characters count from 1; an end field of 0 is the key's end, an end character of 0 the field's.
  struct Part {
    int begin_field = 1, begin_char = 1, end_field = 0, end_char = 0;
    bool numeric = false, reverse = false;
  };
  struct Range {
    size_t begin = 0, end = 0;
    bool found = false;
  };
  Status Parse(const std::string& options);
  static Result<Part> ParsePart(std::string_view text);
  // Lengths of the fields.
  std::vector<size_t> Lengths(std::string_view key) const;
  Range Find(const Part& part, std::string_view key, const std::vector<size_t>& lengths) const;

  std::string separator_ = "\t";
  std::vector<Part> parts_;
  bool by_field_ = false;  // some part names a field
};

// As `sort -n` does: sign, digits, fraction; what is no number is zero.
int CompareNumbers(std::string_view a, std::string_view b);

}  // namespace tusk::mapreduce
