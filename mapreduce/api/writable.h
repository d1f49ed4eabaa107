// The types of keys and values, named after Hadoop's Writables and serialized exactly like them, so that Java reads
// our SequenceFiles and shuffles and the other way round. A type is a tag: its View is what mappers and reducers see
// (text is a string_view into the task's buffers, valid until Map or Reduce returns).
//
// A job may bring its own types: a struct with the members that Text has below.
//   framed  the Writable's bytes, e.g. vint length + UTF-8 for Text: what is shuffled and compared
//   body    without that length: what record readers give
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "base/core/bytes.h"

namespace tusk::mapreduce {

// Hadoop's variable-length integers (WritableUtils.writeVLong): 1 to 9 bytes.
inline constexpr size_t kVLongBytesMax = 9;

inline uint8_t* WriteVLong(uint8_t* to, int64_t value) {
  if (value >= -112 && value <= 127) {
    *to = static_cast<uint8_t>(value);
    return to + 1;
  }
  int first = -112;
  uint64_t magnitude = static_cast<uint64_t>(value);
  if (value < 0) {
    magnitude = ~magnitude;
    first = -120;
  }
  int count = (64 - __builtin_clzll(magnitude | 1) + 7) / 8;
  *to++ = static_cast<uint8_t>(first - count);
  for (int i = count - 1; i >= 0; --i) *to++ = static_cast<uint8_t>(magnitude >> (8 * i));
  return to;
}
inline void AppendVLong(std::string& out, int64_t value) {
  uint8_t bytes[kVLongBytesMax];
  out.append(reinterpret_cast<char*>(bytes), WriteVLong(bytes, value) - bytes);
}
inline size_t VLongSize(int64_t value) {
  uint8_t bytes[kVLongBytesMax];
  return static_cast<size_t>(WriteVLong(bytes, value) - bytes);
}
// The byte after the number, or null where [at, end) ends before it does.
inline const uint8_t* ReadVLong(const uint8_t* at, const uint8_t* end, int64_t* value) {
  if (at == end) return nullptr;
  int first = static_cast<int8_t>(*at++);
  if (first >= -112) {
    *value = first;
    return at;
  }
  bool negative = first < -120;
  int count = negative ? -120 - first : -112 - first;
  if (end - at < count) return nullptr;
  uint64_t magnitude = 0;
  for (int i = 0; i < count; ++i) magnitude = magnitude << 8 | *at++;
  *value = static_cast<int64_t>(negative ? ~magnitude : magnitude);
  return at;
}

namespace internal {
// First 8 bytes as a big-endian number, zero-padded: orders as memcmp does, up to a tie.
inline uint64_t BytesPrefix(ByteView bytes) {
  if (bytes.size() >= 8) return LoadBigEndian<uint64_t>(bytes.data());
  uint64_t prefix = 0;
  for (size_t i = 0; i < bytes.size(); ++i) prefix |= uint64_t{bytes[i]} << (56 - 8 * i);
  return prefix;
}
inline int CompareBytes(ByteView a, ByteView b) {
  size_t shared = a.size() < b.size() ? a.size() : b.size();
  int order = shared == 0 ? 0 : std::memcmp(a.data(), b.data(), shared);
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}
// java: WritableComparator.hashBytes.
inline int32_t JavaHashBytes(ByteView bytes) {
  uint32_t hash = 1;
  for (uint8_t byte : bytes) hash = 31 * hash + static_cast<uint32_t>(static_cast<int8_t>(byte));
  return static_cast<int32_t>(hash);
}
template <typename Number>
inline void PrintInteger(Number value, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr - digits);
}
// As java.lang.Double.toString / Float.toString.
void PrintDouble(double value, std::string& out);
void PrintFloat(float value, std::string& out);
inline size_t VLongFrame(ByteView framed) {
  int64_t length = 0;
  const uint8_t* body = ReadVLong(framed.data(), framed.data() + framed.size(), &length);
  return body == nullptr ? framed.size() : static_cast<size_t>(body - framed.data());
}
}  // namespace internal

struct Text {
  using View = std::string_view;
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.Text";
  // Appends the framed form.
  static void Write(View view, std::string& out) {
    if (view.size() <= 127) {
      out.push_back(static_cast<char>(view.size()));
    } else {
      AppendVLong(out, static_cast<int64_t>(view.size()));
    }
    out.append(view);
  }
  // How many bytes of the framed form precede the body.
  static size_t FrameSize(ByteView framed) {
    return !framed.empty() && framed[0] <= 127 ? 1 : internal::VLongFrame(framed);
  }
  // False where the body is not one of this type.
  static bool Read(ByteView body, View& view) {
    view = AsText(body);
    return true;
  }
  // What TextOutputFormat prints.
  static void Print(View view, std::string& out) { out.append(view); }
  // Java's hashCode, for the same partition as a Java job's.
  static int32_t Hash(View view) { return internal::JavaHashBytes(AsBytes(view)); }
  // The order of bodies: Prefix decides unless equal, then Compare.
  static uint64_t Prefix(ByteView body) { return internal::BytesPrefix(body); }
  static int Compare(ByteView a, ByteView b) { return internal::CompareBytes(a, b); }
  // True where equal prefixes mean equal keys.
  static constexpr bool kPrefixDecides = false;
};

struct BytesWritable {
  using View = ByteView;
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.BytesWritable";
  static void Write(View view, std::string& out) {
    uint8_t size[4];
    StoreBigEndian<uint32_t>(size, static_cast<uint32_t>(view.size()));
    out.append(reinterpret_cast<char*>(size), 4).append(AsText(view));
  }
  static size_t FrameSize(ByteView framed) { return framed.size() < 4 ? framed.size() : 4; }
  static bool Read(ByteView body, View& view) {
    view = body;
    return true;
  }
  static void Print(View view, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    for (size_t i = 0; i < view.size(); ++i) {
      if (i > 0) out.push_back(' ');
      out.push_back(kHex[view[i] >> 4]);
      out.push_back(kHex[view[i] & 15]);
    }
  }
  static int32_t Hash(View view) { return internal::JavaHashBytes(view); }
  static uint64_t Prefix(ByteView body) { return internal::BytesPrefix(body); }
  static int Compare(ByteView a, ByteView b) { return internal::CompareBytes(a, b); }
  static constexpr bool kPrefixDecides = false;
};

namespace internal {
// Fixed-width big-endian two's complement.
template <typename Int>
struct FixedInteger {
  using View = Int;
  static void Write(View view, std::string& out) {
    uint8_t bytes[sizeof(Int)];
    StoreBigEndian<Int>(bytes, view);
    out.append(reinterpret_cast<char*>(bytes), sizeof(Int));
  }
  static size_t FrameSize(ByteView) { return 0; }
  static bool Read(ByteView body, View& view) {
    if (body.size() != sizeof(Int)) return false;
    view = LoadBigEndian<Int>(body.data());
    return true;
  }
  static void Print(View view, std::string& out) { PrintInteger(view, out); }
  static int32_t Hash(View view) {
    if constexpr (sizeof(Int) == 4) return view;
    uint64_t bits = static_cast<uint64_t>(view);
    return static_cast<int32_t>(bits ^ bits >> 32);
  }
  static uint64_t Prefix(ByteView body) {
    View view = 0;
    Read(body, view);
    return static_cast<uint64_t>(static_cast<int64_t>(view)) ^ uint64_t{1} << 63;
  }
  static int Compare(ByteView a, ByteView b) {
    uint64_t left = Prefix(a), right = Prefix(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  static constexpr bool kPrefixDecides = true;
};
template <typename Int>
struct VariableInteger : FixedInteger<int64_t> {
  using View = Int;
  static void Write(View view, std::string& out) { AppendVLong(out, view); }
  static bool Read(ByteView body, View& view) {
    int64_t value = 0;
    const uint8_t* end = body.data() + body.size();
    if (ReadVLong(body.data(), end, &value) != end) return false;
    view = static_cast<Int>(value);
    return view == value;
  }
  static void Print(View view, std::string& out) { PrintInteger(view, out); }
  static int32_t Hash(View view) {
    return static_cast<int32_t>(sizeof(Int) == 4 ? view : view ^ static_cast<int64_t>(static_cast<uint64_t>(view) >> 32));
  }
  static uint64_t Prefix(ByteView body) {
    View view = 0;
    Read(body, view);
    return static_cast<uint64_t>(static_cast<int64_t>(view)) ^ uint64_t{1} << 63;
  }
  static int Compare(ByteView a, ByteView b) {
    uint64_t left = Prefix(a), right = Prefix(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
};
// IEEE 754, ordered as Double.compare: -0.0 before 0.0, NaN last.
template <typename Real, typename Bits>
struct FloatingPoint {
  using View = Real;
  static void Write(View view, std::string& out) {
    Bits bits;
    std::memcpy(&bits, &view, sizeof(bits));
    FixedInteger<Bits>::Write(bits, out);
  }
  static size_t FrameSize(ByteView) { return 0; }
  static bool Read(ByteView body, View& view) {
    Bits bits;
    if (!FixedInteger<Bits>::Read(body, bits)) return false;
    std::memcpy(&view, &bits, sizeof(bits));
    return true;
  }
  static int32_t Hash(View view) {
    Bits bits;
    std::memcpy(&bits, &view, sizeof(bits));
    return FixedInteger<Bits>::Hash(bits);
  }
  static uint64_t Prefix(ByteView body) {
    Bits bits = 0;
    FixedInteger<Bits>::Read(body, bits);
    if (bits < 0) bits ^= std::numeric_limits<Bits>::max();
    return static_cast<uint64_t>(static_cast<int64_t>(bits)) ^ uint64_t{1} << 63;
  }
  static int Compare(ByteView a, ByteView b) {
    uint64_t left = Prefix(a), right = Prefix(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  static constexpr bool kPrefixDecides = true;
};
}  // namespace internal

struct IntWritable : internal::FixedInteger<int32_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.IntWritable";
};
struct LongWritable : internal::FixedInteger<int64_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.LongWritable";
};
struct VIntWritable : internal::VariableInteger<int32_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.VIntWritable";
};
struct VLongWritable : internal::VariableInteger<int64_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.VLongWritable";
};
struct DoubleWritable : internal::FloatingPoint<double, int64_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.DoubleWritable";
  static void Print(View view, std::string& out) { internal::PrintDouble(view, out); }
};
struct FloatWritable : internal::FloatingPoint<float, int32_t> {
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.FloatWritable";
  static void Print(View view, std::string& out) { internal::PrintFloat(view, out); }
};

struct BooleanWritable {
  using View = bool;
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.BooleanWritable";
  static void Write(View view, std::string& out) { out.push_back(view ? 1 : 0); }
  static size_t FrameSize(ByteView) { return 0; }
  static bool Read(ByteView body, View& view) {
    if (body.size() != 1) return false;
    view = body[0] != 0;
    return true;
  }
  static void Print(View view, std::string& out) { out.append(view ? "true" : "false"); }
  static int32_t Hash(View view) { return view ? 0 : 1; }
  static uint64_t Prefix(ByteView body) { return internal::BytesPrefix(body); }
  static int Compare(ByteView a, ByteView b) { return internal::CompareBytes(a, b); }
  static constexpr bool kPrefixDecides = true;
};

// Nothing: zero bytes. TextOutputFormat leaves out the part of a line that is null, and the tab.
struct Null {
  bool operator==(const Null&) const = default;
};
struct NullWritable {
  using View = Null;
  static constexpr std::string_view kJavaClass = "org.apache.hadoop.io.NullWritable";
  static void Write(View, std::string&) {}
  static size_t FrameSize(ByteView) { return 0; }
  static bool Read(ByteView body, View&) { return body.empty(); }
  static void Print(View, std::string&) {}
  static int32_t Hash(View) { return 0; }
  static uint64_t Prefix(ByteView) { return 0; }
  static int Compare(ByteView, ByteView) { return 0; }
  static constexpr bool kPrefixDecides = true;
};

// A type as the engine sees it: functions over framed bytes.
struct TypeInfo {
  std::string_view java_class;
  size_t (*frame_size)(ByteView framed);
  uint64_t (*prefix)(ByteView framed);
  int (*compare)(ByteView a, ByteView b);  // framed
  int32_t (*hash)(ByteView framed);
  bool prefix_decides;
  bool is_null;
};

namespace internal {
template <typename T>
inline ByteView BodyOf(ByteView framed) {
  return framed.subspan(T::FrameSize(framed));
}
}  // namespace internal

template <typename T>
const TypeInfo& TypeOf() {
  static constexpr TypeInfo kInfo = {
      T::kJavaClass,
      [](ByteView framed) { return T::FrameSize(framed); },
      [](ByteView framed) { return T::Prefix(internal::BodyOf<T>(framed)); },
      [](ByteView a, ByteView b) { return T::Compare(internal::BodyOf<T>(a), internal::BodyOf<T>(b)); },
      [](ByteView framed) {
        typename T::View view{};
        return T::Read(internal::BodyOf<T>(framed), view) ? T::Hash(view) : 0;
      },
      T::kPrefixDecides,
      T::kJavaClass == std::string_view("org.apache.hadoop.io.NullWritable"),
  };
  return kInfo;
}

// Appends what Hadoop's class of this name prints for a body; false for classes that we lack.
bool PrintOfClass(std::string_view java_class, ByteView body, std::string& out);

// How many bytes of `framed` a Hadoop class of this name puts before the body; for readers of SequenceFiles.
size_t FrameSizeOfClass(std::string_view java_class, ByteView framed);

}  // namespace tusk::mapreduce
