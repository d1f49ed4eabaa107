// The io_context behind AsioLoop; for base/async only.
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/async/asio_loop.h"

namespace tusk {

struct AsioLoop::Impl {
  boost::asio::io_context io{1};
};

}  // namespace tusk
