// Parameters and random numbers.
#include <gtest/gtest.h>

#include "mlkit/api/parameters.h"
#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

TEST(ParametersTest, AnAliasCountsAndTheDefaultFillsIn) {
  Parameters parameters({{"eta", "0.25"}});
  EXPECT_EQ(parameters.GetNumber("learning_rate", 0.1, 0, 1, {"eta"}), 0.25);
  EXPECT_EQ(parameters.GetInteger("trees", 100, 1, 1000), 100);
  EXPECT_TRUE(parameters.Check().ok());
}

TEST(ParametersTest, AnUnknownNameIsRefusedWithTheNearestOne) {
  Parameters parameters({{"lerning_rate", "0.25"}});
  parameters.GetNumber("learning_rate", 0.1, 0, 1);
  EXPECT_EQ(parameters.Check().message(), "unknown setting 'lerning_rate'; did you mean 'learning_rate'?");
}

TEST(ParametersTest, ValuesOutOfBoundsAndNonsenseAreErrors) {
  for (const char* bad : {"2", "-1", "x", "", "nan", "1e", "0.5 "}) {
    Parameters parameters({{"rate", bad}});
    EXPECT_EQ(parameters.GetNumber("rate", 0.1, 0, 1), 0.1);
    EXPECT_EQ(parameters.Check().code(), Code::kInvalidArgument) << bad;
  }
  Parameters choice({{"loss", "hinge2"}});
  choice.GetChoice("loss", "hinge", {"hinge", "logistic"});
  EXPECT_EQ(choice.Check().message(), "loss=hinge2: one of hinge logistic is wanted");
}

TEST(RandomTest, PhiloxGivesThePublishedAnswers) {  // Random123's kat_vectors, philox4x32 10
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(RandomTest, APositionIsFoundAgain) {
  Random one(7, 3);
  for (int i = 0; i < 13; ++i) one.Next32();
  Random other(7, 3, one.position());
  EXPECT_EQ(one.Next64(), other.Next64());
  double sum = 0, squares = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = one.Normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 20000, 0, 0.03);
  EXPECT_NEAR(squares / 20000, 1, 0.05);
}

}  // namespace
}  // namespace tusk::ml
