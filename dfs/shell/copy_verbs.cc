// -put, -get, -cp, -appendToFile, -getmerge and their other names.
#include <istream>
#include <ostream>

#include "dfs/shell/copy_command.h"
#include "dfs/shell/interrupt.h"

namespace tusk::dfs {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

// Standard input in pieces.
class InputPieces {
 public:
  explicit InputPieces(std::istream& in) : in_(in), buffer_(kPieceBytes) {}
  Result<ByteView> Next() {
    in_.read(reinterpret_cast<char*>(buffer_.data()), static_cast<std::streamsize>(buffer_.size()));
    if (in_.bad()) return Status(Code::kIOError, "cannot read standard input");
    return ByteView(buffer_).first(static_cast<size_t>(in_.gcount()));
  }

 private:
  std::istream& in_;
  std::vector<uint8_t> buffer_;
};

class Put : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 1,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"f", "p", "l", "d"},
                                                                 .values = {"t", "q"}},
                                                                args));
    overwrite_ = options.has("f");
    preserve_ = options.has("p");
    lazy_persist_ = options.has("l");
    direct_ = options.has("d");
    recursive_ = true;
    RETURN_IF_ERROR(TakeThreads(options));
    return TakeRemoteDestination(args);
  }
  // Local paths are taken as they are: the user's own shell has expanded patterns.
  Result<Items> ExpandArgument(const std::string& arg) override {
    if (arg == "-") {
      PathData standard_input;
      standard_input.text = arg;
      standard_input.path = "/-";
      return Items{std::move(standard_input)};
    }
    ASSIGN_OR_RETURN(PathData item, LookUpLocal(file_systems(), arg));
    return Items{std::move(item)};
  }
  Status ProcessArguments(Items& items) override {
    if (items.size() == 1 && items[0].text == "-") {
      ASSIGN_OR_RETURN(PathData target, TargetOf(items[0]));
      InterruptGuard guard;
      InputPieces pieces(context().in);
      Status copied = CopyPieces([&pieces] { return pieces.Next(); }, target);
      if (InterruptGuard::interrupted()) exit_code_ = kInterruptedExitCode;
      return copied;
    }
    return CopyCommand::ProcessArguments(items);
  }
};

class MoveFromLocal : public Put {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    Status taken = Put::ProcessOptions(args);
    threads_ = 1;  // a source is deleted as soon as it has been copied
    return taken;
  }
  Status ProcessPathTo(PathData& source, PathData& target) override {
    if (target.is_directory()) return PathExists(target.text);
    return Put::ProcessPathTo(source, target);
  }
  Status PostProcessPath(PathData& source) override {
    ASSIGN_OR_RETURN(bool deleted, source.fs.Delete(source.path, false));
    return deleted ? Status::Ok() : PathErrorWith("remove", source.text, "");
  }
};

class Get : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 1,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"crc", "ignoreCrc", "p", "f"},
                                                                 .values = {"t", "q"}},
                                                                args));
    write_checksum_ = options.has("crc");
    verify_ = !options.has("ignoreCrc");
    preserve_ = options.has("p");
    overwrite_ = options.has("f");
    recursive_ = true;
    RETURN_IF_ERROR(TakeThreads(options));
    // "-" as the only destination is standard output.
    if (args.size() == 2 && args[1] == "-") {
      to_stdout_ = true;
      args.pop_back();
      return Status::Ok();
    }
    return TakeLocalDestination(args);
  }
  Status ProcessArguments(Items& items) override {
    return to_stdout_ ? Command::ProcessArguments(items) : CopyCommand::ProcessArguments(items);
  }
  Status ProcessPathArgument(PathData& source) override {
    if (!to_stdout_) return CopyCommand::ProcessPathArgument(source);
    if (source.is_directory()) return IsDirectory(source.text);
    ASSIGN_OR_RETURN(auto stream, source.fs.Open(source.path, verify_));
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, stream->ReadPiece());
      if (piece.empty()) return Status::Ok();
      out() << AsText(piece);
    }
  }

 private:
  bool to_stdout_ = false;
};

class Cp : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    TakePreserveOption(args);
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 2,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"f", "d"},
                                                                 .values = {"t", "q"}},
                                                                args));
    overwrite_ = options.has("f");
    direct_ = options.has("d");
    recursive_ = true;
    RETURN_IF_ERROR(TakeThreads(options));
    return TakeRemoteDestination(args);
  }

 private:
  // -p, or -p followed by letters of "topax" in one word.
  void TakePreserveOption(std::vector<std::string>& args) {
    for (size_t i = 0; i < args.size() && args[i].starts_with('-'); ++i) {
      if (!args[i].starts_with("-p")) continue;
      std::string letters = args[i].substr(2);
      if (letters.find_first_not_of("topax") != std::string::npos) return;
      preserve_ = true;
      if (!letters.empty()) {
        preserve_times_ = letters.find('t') != std::string::npos;
        preserve_owner_ = letters.find('o') != std::string::npos;
        preserve_permission_ = letters.find_first_of("pa") != std::string::npos;
        preserve_acl_ = letters.find('a') != std::string::npos;
        preserve_xattr_ = letters.find('x') != std::string::npos;
      }
      args.erase(args.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
  }
};

class AppendToFile : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 2, .args_max = SIZE_MAX, .flags = {"n"}, .values = {}}, args));
    new_block_ = options.has("n");
    return TakeRemoteDestination(args);
  }
  Result<Items> ExpandArgument(const std::string& arg) override {
    PathData item;
    item.text = arg;
    if (arg == "-") return Items{std::move(item)};
    ASSIGN_OR_RETURN(item, LookUpLocal(file_systems(), arg));
    return Items{std::move(item)};
  }
  Status ProcessArguments(Items& items) override {
    for (const PathData& item : items) {
      if (item.text == "-" && items.size() > 1) {
        return Status(Code::kIOError, "stdin (-) must be the sole input argument when present");
      }
    }
    if (items.empty()) return Status::Ok();
    if (!destination_.exists()) {
      CreateOptions options;
      options.overwrite = false;
      ASSIGN_OR_RETURN(auto created, destination_.fs.Create(destination_.path, options));
      RETURN_IF_ERROR(created->Close());
    }
    ASSIGN_OR_RETURN(auto stream, destination_.fs.Append(destination_.path, new_block_));
    Status appended;
    for (const PathData& item : items) {
      appended = AppendOne(item, *stream);
      if (!appended.ok()) break;
    }
    Status closed = stream->Close();  // or the file would stay open
    return appended.ok() ? closed : appended;
  }

 private:
  Status AppendOne(const PathData& item, BlockingOutputStream& target) {
    if (item.text == "-") {
      InputPieces pieces(context().in);
      return Pump([&pieces] { return pieces.Next(); }, target);
    }
    if (!item.exists()) return Status(Code::kIOError, item.path);
    ASSIGN_OR_RETURN(auto stream, item.fs.Open(item.path));
    return Pump([&stream] { return stream->ReadPiece(); }, target);
  }
  static Status Pump(const std::function<Result<ByteView>()>& next, BlockingOutputStream& target) {
    for (;;) {
      ASSIGN_OR_RETURN(ByteView piece, next());
      if (piece.empty()) return Status::Ok();
      RETURN_IF_ERROR(target.Write(piece));
    }
  }

  bool new_block_ = false;
};

class GetMerge : public CopyCommand {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(ParsedOptions options, ParseCommandOptions({.args_min = 2,
                                                                 .args_max = SIZE_MAX,
                                                                 .flags = {"nl", "skip-empty-file"},
                                                                 .values = {}},
                                                                args));
    newline_ = options.has("nl");
    skip_empty_ = options.has("skip-empty-file");
    RETURN_IF_ERROR(TakeLocalDestination(args));
    return destination_.is_directory() ? IsDirectory(destination_.text) : Status::Ok();
  }
  Status ProcessArguments(Items& items) override {
    RETURN_IF_ERROR(Command::ProcessArguments(items));
    if (exit_code_ != 0 || sources_.empty()) return Status::Ok();
    CreateOptions options;
    options.write_checksum = false;
    ASSIGN_OR_RETURN(auto target, destination_.fs.Create(destination_.path, options));
    for (const PathData& source : sources_) {
      if (source.status->length == 0 && skip_empty_) continue;
      ASSIGN_OR_RETURN(auto stream, source.fs.Open(source.path));
      for (;;) {
        ASSIGN_OR_RETURN(ByteView piece, stream->ReadPiece());
        if (piece.empty()) break;
        RETURN_IF_ERROR(target->Write(piece));
      }
      if (newline_) RETURN_IF_ERROR(target->Write(AsBytes("\n")));
    }
    return target->Close();
  }
  // One level of folders, like a pattern that ends in /*.
  Status ProcessPathArgument(PathData& source) override {
    depth_ = 0;
    return source.is_directory() ? Command::RecursePath(source) : Command::ProcessPathArgument(source);
  }
  Status ProcessPath(PathData& source) override {
    if (!source.is_directory()) sources_.push_back(source);
    return Status::Ok();
  }

 private:
  Items sources_;
  bool newline_ = false;
  bool skip_empty_ = false;
};

class MoveToLocal : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>&) override {
    return Status(Code::kIOError, "Option '-moveToLocal' is not implemented yet.");
  }
};

template <typename T>
void Add(std::vector<Verb>& verbs, std::string name, std::string usage, std::string description) {
  verbs.push_back({{std::move(name), std::move(usage), std::move(description), ""},
                   [] { return std::make_unique<T>(); }});
}

}  // namespace

void AddCopyVerbs(std::vector<Verb>& verbs) {
  const std::string threads = "[-t <thread count>] [-q <thread pool queue size>] ";
  const std::string put = "[-f] [-p] [-l] [-d] " + threads + "<localsrc> ... <dst>";
  const std::string get = "[-f] [-p] [-crc] [-ignoreCrc] " + threads + "<src> ... <localdst>";
  Add<Put>(verbs, "put", put,
           "Copies local files and folders; \"-\" is standard input.\n"
           "  -f  replaces what exists\n"
           "  -p  keeps times, owner and permission\n"
           "  -l  one replica, written to disk later\n"
           "  -d  without the ._COPYING_ file on the way\n"
           "  -t  copies so many files at a time\n"
           "  -q  with so many waiting (1024)");
  Add<Put>(verbs, "copyFromLocal", put, "Same as -put.");
  Add<MoveFromLocal>(verbs, "moveFromLocal", "[-f] [-p] [-l] [-d] <localsrc> ... <dst>",
                     "As -put, and the source is deleted.");
  Add<Get>(verbs, "get", get,
           "Copies to local files; \"-\" is standard output.\n"
           "  -f          replaces what exists\n"
           "  -p          keeps times, owner and permission\n"
           "  -crc        writes .NAME.crc beside each file\n"
           "  -ignoreCrc  does not verify checksums\n"
           "  -t          copies so many files at a time\n"
           "  -q          with so many waiting (1024)");
  Add<Get>(verbs, "copyToLocal", get, "Same as -get.");
  Add<MoveToLocal>(verbs, "moveToLocal", "<src> <localdst>", "Not implemented, as in Hadoop.");
  Add<Cp>(verbs, "cp", "[-f] [-p | -p[topax]] [-d] " + threads + "<src> ... <dst>",
          "Copies files and folders.\n"
          "  -f         replaces what exists\n"
          "  -p[topax]  keeps times, owner, permission, ACL, xattr (-p: top)\n"
          "  -d         without the ._COPYING_ file on the way\n"
          "  -t         copies so many files at a time\n"
          "  -q         with so many waiting (1024)");
  Add<AppendToFile>(verbs, "appendToFile", "[-n] <localsrc> ... <dst>",
                    "Appends local files, or standard input (\"-\"), to a file, which is made if it is missing.\n"
                    "  -n  what is appended begins a new block");
  Add<GetMerge>(verbs, "getmerge", "[-nl] [-skip-empty-file] <src> <localdst>",
                "Joins files into one local file.\n"
                "  -nl               a newline after each file\n"
                "  -skip-empty-file  but not after empty ones");
}

}  // namespace tusk::dfs
