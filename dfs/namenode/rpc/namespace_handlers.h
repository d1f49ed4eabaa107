// NamespaceHandlers: what the handler classes of the ClientNamenodeProtocol's namespace methods share: who the caller
// is, and how an operation becomes a durable answer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/security/group_mapping.h"
#include "dfs/namenode/blocks/block_token_issuer.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/namenode_config.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {

// What the handlers are built on; outlives them.
struct NamespaceContext {
  Env env;
  NamespaceDriver& driver;
  GroupMapping& groups;
  std::string process_user;
  std::string supergroup;
  ServerDefaultsConfig defaults;
  const BlockTokenIssuer* tokens = nullptr;  // null: blocks are given out without
};

Caller CallerOf(const NamespaceContext& context, const rpc::CallContext& call);

// `all` less the methods that are not in `names`: a handler class serves some methods of the protocol.
std::vector<rpc::Method> OnlyMethods(std::vector<rpc::Method> all, std::span<const std::string_view> names);

enum class Remember { kNo, kYes };  // kYes: the method is at-most-once

class NamespaceHandlers : public hadoop::hdfs::ClientNamenodeProtocolService {
 public:
  explicit NamespaceHandlers(NamespaceContext& context) : context_(context) {}

 protected:
  Namesystem& ns() { return context_.driver.namesystem(); }
  NamespaceContext& context() { return context_; }
  Caller CallerOf(const rpc::CallContext& call) const { return dfs::CallerOf(context_, call); }
  Call At(const Caller& caller) const { return Call{caller, context_.env.loop.Now(), context_.env.clock.WallMillis()}; }
  // Puts tokens for the caller into blocks that go to a client; Block: LocatedBlockProto or LocatedBlocksProto.
  template <typename Block>
  void Sign(const Caller& caller, BlockAccess access, Block* block) const {
    if (context_.tokens != nullptr) context_.tokens->Sign(caller.user, access, context_.env.clock.WallMillis(), block);
  }

  // Runs `apply(const Call&, Edit&) -> Result<Resp>` and answers when its edit is durable. What `apply` refers to lives
  // as long as the awaiting handler.
  template <typename Resp, typename Apply>
  Task<Result<Resp>> Change(rpc::CallContext& call, std::string_view operation, Remember remember, Apply apply) {
    NamespaceDriver& driver = context_.driver;
    CO_RETURN_IF_ERROR(co_await driver.Room());
    RetryKey key;
    if (remember == Remember::kYes) key = {call.key.client_id, call.key.call_id};
    if (const RememberedAnswer* before = ns().Remembered(key)) {
      Txid txid = before->txid;
      Resp answer;
      if (!answer.ParseFromString(before->response)) co_return Status(Code::kInternal, "remembered answer of another call");
      CO_RETURN_IF_ERROR(co_await driver.WaitDurable(txid));
      co_return answer;
    }
    Caller caller = CallerOf(call);
    Call at = At(caller);
    Edit edit(ns().counters());
    Result<Resp> outcome = apply(at, edit);
    CommitNote note{operation, {}, {}};
    if (outcome.ok() && !key.client_id.empty()) note = {operation, std::move(key), outcome->SerializeAsString()};
    Status committed = co_await driver.Commit(std::move(edit), std::move(note), at);
    if (outcome.ok() && !committed.ok()) co_return committed;
    co_return outcome;
  }

 private:
  NamespaceContext& context_;
};

}  // namespace tusk::dfs
