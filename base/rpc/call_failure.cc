// One text per kind of failure.
#include "base/rpc/call_failure.h"

namespace tusk::rpc {
namespace {

std::string See(const char* page) { return std::string("; For more details see:  http://wiki.apache.org/hadoop/") + page; }

// Java shows the name that an address resolves to.
std::string NameOfHost(const std::string& host) { return host == "127.0.0.1" || host == "::1" ? "localhost" : host; }

}  // namespace

Status DescribeCallFailure(const Status& why, const std::string& local, const HostPort& server) {
  std::string to = NameOfHost(server.host) + ":" + std::to_string(server.port);
  std::string call = "Call From " + local + " to " + to + " failed on ";
  std::string both = "local host is: \"" + local + "\"; destination host is: \"" + NameOfHost(server.host) + "\":" +
                     std::to_string(server.port) + "; ";
  std::string java_class(why.java_class());
  std::string message(why.message());
  switch (why.code()) {
    case Code::kConnectionRefused:
      return Status(why.code(), call + "connection exception: " + java_class + ": Connection refused" + See("ConnectionRefused"));
    case Code::kConnectionReset:
      return Status(why.code(), call + "socket exception: " + java_class + ": Connection reset" + See("SocketException"));
    case Code::kTimedOut:
      return Status(why.code(), call + "socket timeout exception: " + java_class + ": " + message + See("SocketTimeout"));
    case Code::kNoRouteToHost:
      return Status(why.code(), "No Route to Host from  " + local + " to " + to + " failed on socket timeout exception: " +
                                    java_class + ": No route to host" + See("NoRouteToHost"));
    case Code::kUnknownHost:
      return Status(why.code(), "Invalid host name: " + both + java_class + See("UnknownHost"));
    case Code::kEndOfFile:
      return Status(why.code(), "End of File Exception between " + both + ": " + java_class + See("EOFException"));
    case Code::kCancelled:
      return why;
    default:
      return Status(why.code(), "DestHost:destPort " + to + " , LocalHost:localPort " + local + ":0. Failed on local exception: " +
                                    java_class + ": " + message);
  }
}

}  // namespace tusk::rpc
