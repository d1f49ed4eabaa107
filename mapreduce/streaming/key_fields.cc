// Key specifications, comparing, hashing.
#include "mapreduce/streaming/key_fields.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/core/bytes.h"
#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

namespace {

struct Number {
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // without zeros at its end
};

Number ReadNumber(std::string_view text) {
  Number number;
  if (!text.empty() && text.front() == '-') {
    number.negative = true;
    text.remove_prefix(1);
  }
  auto digits = [&text] {
    size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    std::string_view found = text.substr(0, count);
    text.remove_prefix(count);
    return found;
  };
  number.whole = digits();
  number.whole.remove_prefix(std::min(number.whole.find_first_not_of('0'), number.whole.size()));
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    number.fraction = digits();
    size_t last = number.fraction.find_last_not_of('0');
    number.fraction = number.fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
  }
  if (number.whole.empty() && number.fraction.empty()) number.negative = false;  // -0 is 0
  return number;
}

}  // namespace

int CompareNumbers(std::string_view a, std::string_view b) {
  Number left = ReadNumber(a), right = ReadNumber(b);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  int order = left.whole.size() != right.whole.size() ? (left.whole.size() < right.whole.size() ? -1 : 1) : left.whole.compare(right.whole);
  if (order == 0) order = left.fraction.compare(right.fraction);
  return left.negative ? -order : order;
}

Result<KeyFields> KeyFields::ForComparing(const Configuration& conf) {
  KeyFields fields;
  fields.separator_ = conf.Get("mapreduce.map.output.key.field.separator", "\t");
  if (fields.separator_.empty()) fields.separator_ = "\t";
  RETURN_IF_ERROR(fields.Parse(conf.Get("mapreduce.partition.keycomparator.options", "")));
  return fields;
}

Result<KeyFields> KeyFields::ForPartitioning(const Configuration& conf) {
  KeyFields fields;
  fields.separator_ = conf.Get("mapreduce.map.output.key.field.separator", "\t");
  if (fields.separator_.empty()) fields.separator_ = "\t";
  if (!conf.Get("num.key.fields.for.partition")) {
    RETURN_IF_ERROR(fields.Parse(conf.Get("mapreduce.partition.keypartitioner.options", "")));
    return fields;
  }
  ASSIGN_OR_RETURN(int64_t count, conf.GetInt("num.key.fields.for.partition", 0));
  if (count >= 1) {
    Part part;
    part.end_field = static_cast<int>(std::min<int64_t>(count, 1 << 20));
    fields.parts_.push_back(part);
    fields.by_field_ = true;
  }
  return fields;
}

Result<KeyFields::Part> KeyFields::ParsePart(std::string_view text) {
  Status bad(Code::kInvalidArgument, "Invalid -k argument. Must be of the form -k pos1,[pos2], where pos is of the form f[.c]nr");
  Part part;
  auto number = [&text](int& value) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || value > 1 << 20) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return true;
  };
  auto position = [&](int& field, int& character) {
    if (!number(field)) return false;
    if (!text.empty() && text.front() == '.') {
      text.remove_prefix(1);
      if (!number(character)) return false;
    }
    for (; !text.empty() && (text.front() == 'n' || text.front() == 'r'); text.remove_prefix(1)) {
      (text.front() == 'n' ? part.numeric : part.reverse) = true;
    }
    return true;
  };
  if (!position(part.begin_field, part.begin_char)) return bad;
  if (text.empty()) return part;
  if (text.front() != ',') return bad;
  text.remove_prefix(1);
  if (!position(part.end_field, part.end_char) || !text.empty()) return bad;
  return part;
}

Status KeyFields::Parse(const std::string& options) {
  std::istringstream words(options);
  Part whole;
  bool any = false;
  for (std::string word; words >> word;) {
    any = true;
    if (word == "-n" || word == "-nr") whole.numeric = true;
    if (word == "-r" || word == "-nr") whole.reverse = true;
    if (!word.starts_with("-k")) continue;
    std::string text = word.substr(2);
    if (text.empty() && !(words >> text)) break;
    ASSIGN_OR_RETURN(Part part, ParsePart(text));
    parts_.push_back(part);
    by_field_ = true;
  }
  for (Part& part : parts_) {
    if (part.numeric || part.reverse) continue;
    part.numeric = whole.numeric;
    part.reverse = whole.reverse;
  }
  if (parts_.empty() && any) parts_.push_back(whole);
  return Status::Ok();
}

std::vector<size_t> KeyFields::Lengths(std::string_view key) const {
  if (!by_field_) return {key.size()};
  std::vector<size_t> lengths;
  size_t start = 0;
  for (size_t at; (at = key.find(separator_, start)) != std::string_view::npos; start = at + 1) lengths.push_back(at - start);
  lengths.push_back(key.size() - start);
  return lengths;
}

KeyFields::Range KeyFields::Find(const Part& part, std::string_view key, const std::vector<size_t>& lengths) const {
  Range range;
  auto start_of = [&](int field) {
    size_t start = 0;
    for (int i = 1; i < field; ++i) start += lengths[static_cast<size_t>(i) - 1] + separator_.size();
    return start;
  };
  if (lengths.size() < static_cast<size_t>(std::max(part.begin_field, 1))) return range;
  range.begin = start_of(part.begin_field) + static_cast<size_t>(std::max(part.begin_char, 1)) - 1;
  if (range.begin >= key.size()) return range;
  range.found = true;
  range.end = key.size();
  if (part.end_field > 0 && lengths.size() >= static_cast<size_t>(part.end_field)) {
    size_t end = start_of(part.end_field) + (part.end_char == 0 ? lengths[static_cast<size_t>(part.end_field) - 1] : static_cast<size_t>(part.end_char));
    range.end = std::min(end, key.size());
  }
  range.end = std::max(range.end, range.begin);
  return range;
}

int KeyFields::Compare(std::string_view a, std::string_view b) const {
  if (parts_.empty()) return internal::CompareBytes(AsBytes(a), AsBytes(b));
  std::vector<size_t> lengths_a = Lengths(a), lengths_b = Lengths(b);
  for (const Part& part : parts_) {
    Range left = Find(part, a, lengths_a), right = Find(part, b, lengths_b);
    int order;
    if (!left.found || !right.found) {
      if (left.found == right.found) continue;
      order = left.found ? 1 : -1;
    } else {
      std::string_view x = a.substr(left.begin, left.end - left.begin), y = b.substr(right.begin, right.end - right.begin);
      order = part.numeric ? CompareNumbers(x, y) : internal::CompareBytes(AsBytes(x), AsBytes(y));
    }
    if (order != 0) return part.reverse ? -order : order;
  }
  return 0;
}

int KeyFields::PartitionOf(std::string_view key, int partitions) const {
  uint32_t hash = 0;
  if (parts_.empty()) {
    for (char c : key) hash = 31 * hash + static_cast<uint8_t>(c);  // java.lang.String's, for ASCII
  } else if (!key.empty()) {
    std::vector<size_t> lengths = Lengths(key);
    for (const Part& part : parts_) {
      Range range = Find(part, key, lengths);
      if (!range.found) continue;
      for (char c : key.substr(range.begin, range.end - range.begin)) hash = 31 * hash + static_cast<uint32_t>(static_cast<int8_t>(c));
    }
  }
  return static_cast<int>(hash & 0x7fffffff) % partitions;
}

}  // namespace tusk::mapreduce
