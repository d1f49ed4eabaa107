// Goal: every piece is made, by one worker at a time unless it is slow; a lost worker costs what it was making and no more.
#include "quant/job/master/piece_ledger.h"

#include <gtest/gtest.h>

#include <random>

namespace tusk::quant {
namespace {

constexpr TimePoint kStart{};
constexpr auto kSecond = std::chrono::seconds(1);

TEST(PieceLedger, EveryPieceGoesOutOnceAndCounts) {
  PieceLedger ledger({10, 20, 30}, {false, true, false});
  EXPECT_EQ(ledger.done(), 1U);
  EXPECT_EQ(ledger.Next("a", kStart), 0U);
  EXPECT_EQ(ledger.Next("b", kStart), 2U);
  EXPECT_EQ(ledger.Next("c", kStart), std::nullopt);
  EXPECT_TRUE(ledger.Done("a", 0, kStart + kSecond));
  EXPECT_FALSE(ledger.Done("b", 0, kStart + kSecond));
  EXPECT_FALSE(ledger.finished());
  EXPECT_TRUE(ledger.Done("b", 2, kStart + kSecond));
  EXPECT_TRUE(ledger.finished());
  EXPECT_EQ(ledger.bytes_done(), 60U);
}

TEST(PieceLedger, ALostWorkersPiecesAndOnlyTheyGoToOthers) {
  PieceLedger ledger({1, 1, 1, 1}, {});
  (void)ledger.Next("a", kStart);
  (void)ledger.Next("b", kStart);
  EXPECT_TRUE(ledger.Done("a", 0, kStart));
  EXPECT_EQ(ledger.Next("a", kStart), 2U);
  EXPECT_EQ(ledger.Lose("a"), 2U);
  EXPECT_TRUE(ledger.Done("b", 1, kStart));
  EXPECT_EQ(ledger.Next("b", kStart), 2U);
  EXPECT_TRUE(ledger.Done("b", 2, kStart));
  EXPECT_EQ(ledger.Next("b", kStart), 3U);
}

TEST(PieceLedger, AWorkerHasOnePieceHoweverOftenItAsks) {
  PieceLedger ledger({1, 1, 1}, {});
  EXPECT_EQ(ledger.Next("a", kStart), 0U);
  EXPECT_EQ(ledger.Next("a", kStart), 0U) << "the answer got lost";
  EXPECT_EQ(ledger.Lose("a"), 0U);
  EXPECT_EQ(ledger.Lose("a"), std::nullopt) << "nothing more is made again";
  EXPECT_EQ(ledger.waiting(), 3U);
}

TEST(PieceLedger, ASlowPieceGetsASecondAttemptByAnother) {
  PieceLedger ledger({1, 1}, {});
  (void)ledger.Next("a", kStart);
  (void)ledger.Next("b", kStart);
  EXPECT_TRUE(ledger.Done("b", 1, kStart + kSecond));
  EXPECT_EQ(ledger.Next("b", kStart + kSecond), std::nullopt);
  EXPECT_EQ(ledger.Next("b", kStart + 10 * kSecond), 0U);
  EXPECT_EQ(ledger.Next("c", kStart + 20 * kSecond), std::nullopt) << "two are enough";
  EXPECT_EQ(ledger.Lose("a"), std::nullopt) << "b makes it too";
  EXPECT_TRUE(ledger.Done("b", 0, kStart + 21 * kSecond));
  EXPECT_FALSE(ledger.Done("a", 0, kStart + 22 * kSecond));
}

TEST(PieceLedger, ANewMasterLearnsFromReportsWhatIsBeingMade) {
  PieceLedger ledger({1, 1, 1}, {true, false, false});
  ledger.Making("a", 1, kStart);
  ledger.Making("c", 0, kStart);
  ledger.Making("d", 99, kStart);
  EXPECT_EQ(ledger.Next("b", kStart), 2U);
  EXPECT_EQ(ledger.Next("c", kStart), std::nullopt);
  EXPECT_EQ(ledger.Lose("a"), 1U);
}

TEST(PieceLedger, AnAnswerThatGotLostDoesNotKeepItsPiece) {
  PieceLedger ledger({1, 1}, {});
  EXPECT_EQ(ledger.Next("a", kStart), 0U);
  ledger.Making("a", std::nullopt, kStart + kSecond);
  EXPECT_EQ(ledger.waiting(), 1U) << "it may be on its way";
  ledger.Making("a", std::nullopt, kStart + 6 * kSecond);
  EXPECT_EQ(ledger.Next("a", kStart + 6 * kSecond), 0U);
}

TEST(PieceLedger, FailuresAreCounted) {
  PieceLedger ledger({1}, {});
  for (int times = 1; times <= 3; ++times) {
    EXPECT_EQ(ledger.Next("a", kStart), 0U);
    EXPECT_EQ(ledger.Failed("a", 0), times);
  }
}

// Any order of asking, making, failing and dying ends with every piece made.
TEST(PieceLedger, AllIsMadeWhateverHappens) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 engine(seed);
    const auto chance = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
    PieceLedger ledger(std::vector<uint64_t>(40, 7), {});
    std::map<std::string, std::optional<size_t>> making;
    TimePoint now = kStart;
    int steps = 0;
    for (; !ledger.finished() && steps < 20'000; ++steps) {
      now += std::chrono::milliseconds(engine() % 500);
      const std::string worker(1, "abcd"[engine() % 4]);
      std::optional<size_t>& own = making[worker];
      const double what = chance();
      if (what < 0.45) {
        if (const auto piece = own ? own : ledger.Next(worker, now)) own = *piece;
      } else if (what < 0.9 && own) {
        (void)ledger.Done(worker, *own, now);
        own.reset();
      } else if (what < 0.95 && own) {
        (void)ledger.Failed(worker, *own);
        own.reset();
      } else if (what > 0.99) {
        (void)ledger.Lose(worker);
        own.reset();
      } else {
        ledger.Making(worker, own, now);
      }
    }
    EXPECT_TRUE(ledger.finished()) << "seed " << seed;
    EXPECT_EQ(ledger.bytes_done(), 40U * 7);
  }
}

}  // namespace
}  // namespace tusk::quant
