// The FILEs of a CliContext as the streams that the verbs print on.
#pragma once

#include <cstdio>
#include <istream>
#include <ostream>
#include <streambuf>

#include "dfs/shell/shell.h"

namespace tusk::dfs {

// Unbuffered: the FILE buffers.
class FileBuffer : public std::streambuf {
 public:
  explicit FileBuffer(std::FILE* file) : file_(file) {}

 protected:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;
  int sync() override;
  int_type underflow() override;
  int_type uflow() override;
  std::streamsize xsgetn(char* bytes, std::streamsize count) override;

 private:
  std::FILE* file_;
};

struct CliStreams {
  explicit CliStreams(CliContext& cli);
  ~CliStreams() { out.flush(); }
  ShellContext Context(CliContext& cli);

  FileBuffer in_buffer, out_buffer, err_buffer;
  std::istream in;
  std::ostream out;
  std::ostream err;
};

}  // namespace tusk::dfs
