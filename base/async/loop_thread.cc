// LoopThread: start and end of the thread.
#include "base/async/loop_thread.h"

#include <pthread.h>

namespace tusk {

LoopThread::LoopThread(Clock& clock, Random& random, Disk& disk, const std::string& name, int pool_threads)
    : clock_(clock),
      random_(random),
      disk_(disk),
      loop_(std::make_unique<AsioLoop>(clock)),
      pool_(MakeThreadPool(name + "-pool", pool_threads)),
      network_(MakeAsioNetwork(*loop_, *pool_)) {
  thread_ = std::thread([this, name] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    loop_->Run();
  });
}

LoopThread::~LoopThread() {
  loop_->Post([this] { loop_->Stop(); });
  thread_.join();
  pool_.reset();
}

Env LoopThread::env() { return Env{clock_, random_, disk_, *loop_, *network_, *pool_}; }

}  // namespace tusk
