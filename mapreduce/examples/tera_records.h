// TeraSort's records: 100 bytes, of which the first 10 are the key; the row generator of the sort benchmark (gensort 1.1,
// as Hadoop's teragen has it); 128-bit sums of CRCs; and the formats that read and write the records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mapreduce/api/formats.h"

namespace tusk::mapreduce {

using Uint128 = unsigned __int128;

inline constexpr size_t kTeraKeyBytes = 10;
inline constexpr size_t kTeraRecordBytes = 100;

// The benchmark's random numbers: x' = a x + c mod 2^128 from x = 0.
class TeraRandom {
 public:
  // After `steps` numbers.
  explicit TeraRandom(Uint128 steps);
  Uint128 Next();

 private:
  Uint128 state_ = 0;
};

// Row `number`, whose random number is `random`.
void MakeTeraRow(Uint128 random, Uint128 number, uint8_t (&row)[kTeraRecordBytes]);

uint32_t TeraCrc(ByteView key, ByteView value);
// Lower case without leading zeros, as Unsigned16.toString.
std::string ToHex(Uint128 value);
// False for what is not hexadecimal.
bool FromHex(std::string_view text, Uint128& value);

// Text keys of 10 bytes and Text values of 90.
std::unique_ptr<InputFormat> TeraInputFormat();
std::unique_ptr<OutputFormat> TeraOutputFormat();

}  // namespace tusk::mapreduce
