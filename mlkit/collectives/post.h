// Post: letters between workers and servers, beside the collectives of a membership. Each rank has one worker, who sends and waits, and may
// have one server, which is called with what comes and answers at once or later. Letters between two ranks stay in order.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

struct Letter {
  int peer = 0;                    // the rank at the other end
  std::vector<uint8_t> bytes;
};

// A clock that runs evenly; null: there is none, it shows 0.
using Seconds = std::function<double()>;

class Post {
 public:
  // What a letter leads to: answers to workers. Called by one thread at a time, which is not the worker's.
  using Server = std::function<std::vector<Letter>(const Letter& letter)>;

  virtual ~Post() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // To the server of a rank, also of the own one. Never waits for it.
  virtual Status Send(int to, std::vector<uint8_t> bytes) = 0;
  // The next answer to this rank's worker. kTimedOut after the post's deadline; kCancelled once the membership has ended.
  virtual Result<Letter> Receive() = 0;
  // Whom letters to this rank are given to from now on. Null: they wait; a call that is under way has ended on return.
  virtual void Serve(Server server) = 0;

  // The time, and how much of it Receive has waited.
  virtual double Now() const = 0;
  virtual double waited() const = 0;
  virtual uint64_t bytes_sent() const = 0;
};

// Serves for as long as it lives.
class Serving {
 public:
  Serving(Post& post, Post::Server server) : post_(post) { post_.Serve(std::move(server)); }
  ~Serving() { post_.Serve(nullptr); }
  Serving(const Serving&) = delete;

 private:
  Post& post_;
};

}  // namespace tusk::ml
