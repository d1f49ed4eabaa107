// FILEs as streams.
#include "dfs/shell/cli_streams.h"

namespace tusk::dfs {

FileBuffer::int_type FileBuffer::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  return std::fputc(c, file_) == EOF ? traits_type::eof() : c;
}
std::streamsize FileBuffer::xsputn(const char* bytes, std::streamsize count) {
  return static_cast<std::streamsize>(std::fwrite(bytes, 1, static_cast<size_t>(count), file_));
}
int FileBuffer::sync() { return std::fflush(file_); }
FileBuffer::int_type FileBuffer::underflow() {
  int c = std::fgetc(file_);
  if (c == EOF) return traits_type::eof();
  std::ungetc(c, file_);
  return c;
}
FileBuffer::int_type FileBuffer::uflow() {
  int c = std::fgetc(file_);
  return c == EOF ? traits_type::eof() : c;
}
std::streamsize FileBuffer::xsgetn(char* bytes, std::streamsize count) {
  return static_cast<std::streamsize>(std::fread(bytes, 1, static_cast<size_t>(count), file_));
}

CliStreams::CliStreams(CliContext& cli)
    : in_buffer(cli.in), out_buffer(cli.out), err_buffer(cli.err), in(&in_buffer), out(&out_buffer), err(&err_buffer) {}

ShellContext CliStreams::Context(CliContext& cli) {
  return ShellContext{cli.clock, cli.random, cli.disk, cli.conf, ClientUser{cli.user, cli.working_directory}, in, out, err};
}

}  // namespace tusk::dfs
