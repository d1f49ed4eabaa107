// The error table in both directions, and Status itself.
#include "base/core/status.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>

namespace tusk {
namespace {

struct ErrorRow {
  std::string_view name;
  std::string_view java_class;
  RetryClass retry;
  int http_status;
};

constexpr auto kNever = RetryClass::kNever;
constexpr auto kSameServer = RetryClass::kSameServer;
constexpr auto kOtherServer = RetryClass::kOtherServer;

constexpr ErrorRow kRows[] = {
    {"Ok", "", kNever, 200},
#define ERROR(name, java_class, retry, http_status) {#name, java_class, retry, http_status},
#include "base/core/error_codes.def"
#undef ERROR
};

const ErrorRow& RowOf(Code code) { return kRows[static_cast<size_t>(code)]; }

std::unordered_map<std::string_view, Code> BuildClassIndex() {
  std::unordered_map<std::string_view, Code> index;
  for (size_t i = 1; i < std::size(kRows); ++i) {
    index.emplace(kRows[i].java_class, static_cast<Code>(i));  // the first row of a class wins
  }
  return index;
}

Code CodeOfErrno(int error_number) {
  switch (error_number) {
    case ENOENT: return Code::kFileNotFound;
    case EEXIST: return Code::kAlreadyExists;
    case EACCES:
    case EPERM: return Code::kAccessControl;
    case ENOSPC:
    case EDQUOT: return Code::kNoSpace;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Code::kResourceExhausted;
    case ETIMEDOUT: return Code::kTimedOut;
    case ECONNREFUSED: return Code::kConnectionRefused;
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case EPIPE: return Code::kConnectionReset;
    case EADDRINUSE: return Code::kAddressInUse;
    case EHOSTUNREACH:
    case ENETUNREACH: return Code::kNoRouteToHost;
    case ECANCELED: return Code::kCancelled;
    case EINVAL: return Code::kInvalidArgument;
    default: return Code::kIOError;
  }
}

}  // namespace

std::string_view JavaClassOf(Code code) { return RowOf(code).java_class; }

Code CodeOfJavaClass(std::string_view java_class) {
  static const auto index = BuildClassIndex();
  auto found = index.find(java_class);
  return found == index.end() ? Code::kRemote : found->second;
}

RetryClass RetryClassOf(Code code) { return RowOf(code).retry; }
int WebHdfsStatusOf(Code code) { return RowOf(code).http_status; }
std::string_view NameOf(Code code) { return RowOf(code).name; }

Status::Status(Code code, std::string message)
    : state_(code == Code::kOk ? nullptr : new State{code, 0, std::move(message), {}}) {}

Status Status::FromJava(std::string_view java_class, std::string message) {
  Status status(CodeOfJavaClass(java_class), std::move(message));
  if (JavaClassOf(status.code()) != java_class) status.state_->java_class = java_class;
  return status;
}

Status Status::FromErrno(int error_number, std::string_view operation, std::string_view subject) {
  std::array<char, 128> buffer{};
  const char* reason = strerror_r(error_number, buffer.data(), buffer.size());
  std::string message;
  message.append(operation).append(" ").append(subject).append(": ").append(reason);
  Status status(CodeOfErrno(error_number), std::move(message));
  status.state_->error_number = error_number;
  return status;
}

std::string_view Status::java_class() const {
  if (ok()) return "";
  return state_->java_class.empty() ? JavaClassOf(state_->code) : std::string_view(state_->java_class);
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  std::string text(state_->java_class.empty() ? NameOf(state_->code) : std::string_view(state_->java_class));
  return text.append(": ").append(state_->message);
}

Status Status::WithContext(std::string_view context) const& {
  Status copy = *this;
  if (!copy.ok()) copy.state_->message.insert(0, std::string(context) + ": ");
  return copy;
}

}  // namespace tusk
