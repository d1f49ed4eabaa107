// Status: what an operation that can fail returns. OK costs one null pointer; an error carries a code of the one
// error table (error_codes.def), a message for a person, and the Java class it came with if a remote sent it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

enum class Code : unsigned char {
  kOk = 0,
#define ERROR(name, java_class, retry, http_status) k##name,
#include "base/core/error_codes.def"
#undef ERROR
};

enum class RetryClass : unsigned char { kNever, kSameServer, kOtherServer };

// The Java exception class of `code`; empty for kOk.
std::string_view JavaClassOf(Code code);
// The code of a Java class; kRemote where the table does not know it.
Code CodeOfJavaClass(std::string_view java_class);
RetryClass RetryClassOf(Code code);
int WebHdfsStatusOf(Code code);
// "FileNotFound", for logs and tests.
std::string_view NameOf(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(Code code, std::string message);
  static Status Ok() { return {}; }
  // What a remote answered. Keeps `java_class` even where the table does not know it.
  static Status FromJava(std::string_view java_class, std::string message);
  // From errno of a call on `subject` (a path, an address): ENOENT becomes kFileNotFound, ENOSPC kNoSpace, ...
  static Status FromErrno(int error_number, std::string_view operation, std::string_view subject);

  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  Status(const Status& other) : state_(other.state_ ? new State(*other.state_) : nullptr) {}
  Status& operator=(const Status& other) {
    if (this != &other) state_.reset(other.state_ ? new State(*other.state_) : nullptr);
    return *this;
  }

  bool ok() const { return state_ == nullptr; }
  Code code() const { return state_ ? state_->code : Code::kOk; }
  // Without the class; empty when ok.
  std::string_view message() const { return state_ ? std::string_view(state_->message) : ""; }
  // The class to send to a Java peer, or that it sent.
  std::string_view java_class() const;
  // errno of the system call that failed; 0 if none did.
  int error_number() const { return state_ ? state_->error_number : 0; }
  // "FileNotFound: File does not exist: /a"
  std::string ToString() const;
  // The same error with "context: " put before its message.
  Status WithContext(std::string_view context) const&;

 private:
  struct State {
    Code code;
    int error_number = 0;
    std::string message;
    std::string java_class;  // only where it differs from the table's
  };
  std::unique_ptr<State> state_;
};

}  // namespace tusk
