// Letters over TCP and over shared memory: questions and answers between all ranks, early letters, long ones, and a quick end.
#include "mlkit/job/transport/mesh_post.h"

#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <thread>

#include "base/env/real_env.h"

namespace tusk::ml {
namespace {

class MeshPostTest : public ::testing::Test {
 protected:
  struct Member {
    Descriptor listener;
    AbortSignal abort;
    Status status;
  };

  void OnAll(int ranks, uint64_t machine, const std::function<Status(MeshPost&, Member&)>& body) {
    members_.clear();
    MeshSetup setup;
    setup.epoch = 5;
    setup.secret = "secret";
    setup.machine = machine;
    setup.connect_timeout = std::chrono::seconds(20);
    setup.message_timeout = std::chrono::seconds(20);
    for (int r = 0; r < ranks; ++r) {
      members_.push_back(std::make_unique<Member>());
      members_.back()->listener = ListenOn("127.0.0.1", 0).value();
      setup.ranks.push_back({"127.0.0.1", PortOf(members_.back()->listener).value()});
    }
    std::vector<std::jthread> threads;
    for (int r = 0; r < ranks; ++r) {
      threads.emplace_back([&, setup, r]() mutable {
        Member& member = *members_[static_cast<size_t>(r)];
        setup.rank = r;
        auto post = MeshPost::Connect(std::move(setup), member.listener, *clock_, *random_, member.abort);
        member.status = post.ok() ? body(*post.value(), member) : post.status();
      });
    }
  }

  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  std::unique_ptr<::tusk::Random> random_ = MakeSystemRandom();
  std::vector<std::unique_ptr<Member>> members_;
};

// Every worker asks every server several times before it serves itself; answers are the question and the server's rank.
TEST_F(MeshPostTest, EveryQuestionIsAnsweredInOrderAlsoLongAndEarlyOnes) {
  for (const uint64_t machine : {0, 7}) {
    std::latch done(3);
    OnAll(3, machine, [&](MeshPost& post, Member&) -> Status {
      const auto question = [&](size_t number) { return std::vector<uint8_t>(number == 2 ? 3 << 20 : 10 + number, static_cast<uint8_t>(16 * post.rank() + static_cast<int>(number))); };
      for (size_t number = 0; number < 4; ++number) {
        for (int to = 0; to < post.size(); ++to) RETURN_IF_ERROR(post.Send(to, question(number)));
      }
      Status outcome;
      {
        const Serving serving(post, [&](const Letter& letter) {
          std::vector<uint8_t> answer = letter.bytes;
          answer.push_back(static_cast<uint8_t>(post.rank()));
          return std::vector<Letter>{{letter.peer, std::move(answer)}};
        });
        std::vector<size_t> heard(3);
        for (int answers = 0; answers < 12 && outcome.ok(); ++answers) {
          Result<Letter> letter = post.Receive();
          outcome = letter.status();
          if (!letter.ok()) break;
          const auto peer = static_cast<size_t>(letter.value().peer);
          std::vector<uint8_t> wanted = question(heard[peer]++);
          wanted.push_back(static_cast<uint8_t>(peer));
          if (letter.value().bytes != wanted) outcome = Status(Code::kInternal, "another answer than wanted");
        }
        done.arrive_and_wait();  // nobody leaves while others ask it
      }
      return outcome;
    });
    for (const auto& member : members_) EXPECT_TRUE(member->status.ok()) << member->status.ToString();
  }
}

TEST_F(MeshPostTest, ALeavingRankEndsTheOthersWaits) {
  for (const uint64_t machine : {0, 7}) {
    OnAll(3, machine, [](MeshPost& post, Member&) -> Status {
      if (post.rank() == 1) return Status::Ok();
      return post.Receive().status();
    });
    EXPECT_EQ(members_[0]->status.code(), Code::kCancelled) << members_[0]->status.ToString();
    EXPECT_EQ(members_[2]->status.code(), Code::kCancelled) << members_[2]->status.ToString();
  }
}

TEST_F(MeshPostTest, TheEndOfTheMembershipEndsWaits) {
  OnAll(2, 0, [](MeshPost& post, Member& member) -> Status {
    if (post.rank() == 0) member.abort.Raise();
    return post.Receive().status();
  });
  for (const auto& member : members_) EXPECT_EQ(member->status.code(), Code::kCancelled);
}

}  // namespace
}  // namespace tusk::ml
