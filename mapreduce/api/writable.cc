// Printing of floating point numbers as Java does, and the frames of Writables known by name.
#include "mapreduce/api/writable.h"

#include <cmath>

namespace tusk::mapreduce {
namespace internal {
namespace {

// Java: decimal with a point between 1e-3 and 1e7, else d.dddE<exponent>; always at least one digit after the point.
template <typename Real>
void PrintReal(Real value, std::string& out) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  Real magnitude = std::fabs(value);
  if (std::isinf(value)) {
    out.append("Infinity");
    return;
  }
  if (magnitude == 0) {
    out.append("0.0");
    return;
  }
  char text[64];
  auto end = std::to_chars(text, text + sizeof(text), magnitude, std::chars_format::scientific).ptr;
  std::string_view shortest(text, end - text);  // d[.ddd]e[+-]xx
  size_t mark = shortest.find('e');
  int exponent = 0;
  std::string_view power = shortest.substr(mark + 1);
  if (power.front() == '+') power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  std::string digits(1, shortest[0]);
  if (mark > 2) digits.append(shortest.substr(2, mark - 2));
  if (exponent < -3 || exponent >= 7) {
    out.push_back(digits[0]);
    out.push_back('.');
    out.append(digits.size() > 1 ? std::string_view(digits).substr(1) : "0");
    out.push_back('E');
    PrintInteger(exponent, out);
    return;
  }
  if (exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    return;
  }
  size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  out.append(digits, 0, whole).push_back('.');
  out.append(digits.size() > whole ? std::string_view(digits).substr(whole) : "0");
}

}  // namespace

void PrintDouble(double value, std::string& out) { PrintReal(value, out); }
void PrintFloat(float value, std::string& out) { PrintReal(value, out); }

}  // namespace internal

namespace {
template <typename T>
bool PrintBody(ByteView body, std::string& out) {
  typename T::View view{};
  if (!T::Read(body, view)) return false;
  if constexpr (std::is_same_v<T, NullWritable>) {
    out += "(null)";
  } else {
    T::Print(view, out);
  }
  return true;
}
template <typename... Types>
bool PrintAs(std::string_view java_class, ByteView body, std::string& out) {
  bool printed = false;
  (void)((java_class == Types::kJavaClass && ((printed = PrintBody<Types>(body, out)), true)) || ...);
  return printed;
}
}  // namespace

bool PrintOfClass(std::string_view java_class, ByteView body, std::string& out) {
  return PrintAs<Text, BytesWritable, IntWritable, LongWritable, VIntWritable, VLongWritable, DoubleWritable, FloatWritable,
                 BooleanWritable, NullWritable>(java_class, body, out);
}

size_t FrameSizeOfClass(std::string_view java_class, ByteView framed) {
  if (java_class == Text::kJavaClass) return Text::FrameSize(framed);
  if (java_class == BytesWritable::kJavaClass) return BytesWritable::FrameSize(framed);
  return 0;
}

}  // namespace tusk::mapreduce
