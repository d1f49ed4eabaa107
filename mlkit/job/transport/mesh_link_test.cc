// Meshes over TCP and over shared memory: right answers, refusal of strangers, and a quick end when a rank is gone.
#include "mlkit/job/transport/mesh_link.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "base/env/real_env.h"
#include "mlkit/collectives/link_communicator.h"
#include "mlkit/testing/collectives_check.h"

namespace tusk::ml {
namespace {

class MeshLinkTest : public ::testing::Test {
 protected:
  struct Member {
    Descriptor listener;
    AbortSignal abort;
    Status status;
  };

  void MakeMembers(int count) {
    members_.clear();
    addresses_.clear();
    for (int r = 0; r < count; ++r) {
      members_.push_back(std::make_unique<Member>());
      Result<Descriptor> listener = ListenOn("127.0.0.1", 0);
      ASSERT_TRUE(listener.ok()) << listener.status().ToString();
      members_.back()->listener = std::move(listener).value();
      addresses_.push_back({"127.0.0.1", PortOf(members_.back()->listener).value()});
    }
  }

  MeshSetup SetupOf(int rank, uint64_t machine) {
    MeshSetup setup;
    setup.epoch = 5;
    setup.rank = rank;
    setup.ranks = addresses_;
    setup.secret = "secret";
    setup.machine = machine;
    setup.connect_timeout = 20s;
    return setup;
  }

  // `body` with a connected link, on all ranks.
  void OnAll(uint64_t machine, const std::function<Status(int, MeshLink&)>& body) {
    std::vector<std::jthread> threads;
    for (size_t r = 0; r < members_.size(); ++r) {
      threads.emplace_back([&, r] {
        Member& member = *members_[r];
        auto link = MeshLink::Connect(SetupOf(static_cast<int>(r), machine), member.listener, *clock_, *random_, member.abort);
        member.status = link.ok() ? body(static_cast<int>(r), *link.value()) : link.status();
      });
    }
  }

  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  std::unique_ptr<::tusk::Random> random_ = MakeSystemRandom();
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<HostPort> addresses_;
};

TEST_F(MeshLinkTest, CollectivesAreRightOverTcpAndSharedMemory) {
  for (const uint64_t machine : {0, 7}) {
    for (const int ranks : {1, 2, 3, 5}) {
      MakeMembers(ranks);
      OnAll(machine, [](int, MeshLink& link) {
        LinkCommunicator comm(link, {.doubling_bytes_max = 1024, .halving_bytes_max = 32 << 10});
        return CheckCollectives(comm);
      });
      for (const auto& member : members_) EXPECT_TRUE(member->status.ok()) << member->status.ToString();
    }
  }
}

TEST_F(MeshLinkTest, MessagesLongerThanARingPassBothWaysAtOnce) {
  for (const uint64_t machine : {0, 7}) {
    MakeMembers(2);
    OnAll(machine, [](int, MeshLink& link) -> Status {
      LinkCommunicator comm(link);
      std::vector<int64_t> values((5 << 20) / 8 + 3);
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
      RETURN_IF_ERROR(comm.AllReduceSum(std::span(values)));
      for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] != static_cast<int64_t>(2 * i)) return Status(Code::kInternal, "wrong at " + std::to_string(i));
      }
      return Status::Ok();
    });
    for (const auto& member : members_) EXPECT_TRUE(member->status.ok()) << member->status.ToString();
  }
}

TEST_F(MeshLinkTest, ALostRankEndsEverybodysCallWithCancelled) {
  for (const uint64_t machine : {0, 7}) {
    MakeMembers(3);
    const TimePoint begin = clock_->Now();
    OnAll(machine, [](int rank, MeshLink& link) {
      LinkCommunicator comm(link);
      return rank == 1 ? Status::Ok() : comm.Barrier();  // rank 1 goes away instead
    });
    EXPECT_EQ(members_[0]->status.code(), Code::kCancelled);
    EXPECT_EQ(members_[2]->status.code(), Code::kCancelled);
    EXPECT_LT(clock_->Now() - begin, 10s);  // not the message's ten minutes
  }
}

TEST_F(MeshLinkTest, AnAbortEndsAWait) {
  MakeMembers(2);
  OnAll(7, [&](int rank, MeshLink& link) -> Status {
    LinkCommunicator comm(link);
    if (rank == 0) return comm.Barrier();
    members_[0]->abort.Raise();
    uint8_t byte = 0;  // until rank 0 has left
    return link.Exchange({}, Link::kNobody, {}, 0, Inbox{.exact = {&byte, 1}, .consume = nullptr});
  });
  EXPECT_EQ(members_[0]->status.code(), Code::kCancelled);
  EXPECT_EQ(members_[1]->status.code() == Code::kCancelled || members_[1]->status.code() == Code::kInternal, true);
}

TEST_F(MeshLinkTest, WhoDoesNotKnowTheSecretIsRefused) {
  MakeMembers(2);
  std::jthread answerer([&] {
    MeshSetup setup = SetupOf(0, 0);
    setup.connect_timeout = 1s;
    members_[0]->status = MeshLink::Connect(setup, members_[0]->listener, *clock_, *random_, members_[0]->abort).status();
  });
  MeshSetup setup = SetupOf(1, 0);
  setup.secret = "guess";
  const auto link = MeshLink::Connect(setup, members_[1]->listener, *clock_, *random_, members_[1]->abort);
  EXPECT_EQ(link.code(), Code::kAccessControl);
  answerer.join();
  EXPECT_EQ(members_[0]->status.code(), Code::kTimedOut);
}

TEST_F(MeshLinkTest, ARankOfAnOldEpochIsNotLetIn) {
  MakeMembers(2);
  std::jthread answerer([&] {
    MeshSetup setup = SetupOf(0, 0);
    setup.connect_timeout = 1s;
    members_[0]->status = MeshLink::Connect(setup, members_[0]->listener, *clock_, *random_, members_[0]->abort).status();
  });
  MeshSetup setup = SetupOf(1, 0);
  setup.epoch = 4;
  setup.connect_timeout = 300ms;
  EXPECT_FALSE(MeshLink::Connect(setup, members_[1]->listener, *clock_, *random_, members_[1]->abort).ok());
}

}  // namespace
}  // namespace tusk::ml
