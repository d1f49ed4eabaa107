// The users file from the command line.
#include <termios.h>
#include <unistd.h>

#include "base/web/users_file.h"
#include "tools/tusk/console/console_verb.h"

namespace tusk::tools {
namespace {

std::string UsersPath(const CliContext& context) {
  const std::string folder = context.conf.Get("hadoop.tmp.dir", "/tmp/hadoop-" + context.user) + "/console";
  return context.conf.Get("tusk.console.users.file", folder + "/users");
}

int Fail(CliContext& context, const Status& why) {
  std::fprintf(context.err, "tusk console: %s\n", std::string(why.message()).c_str());
  return 1;
}

Result<std::string> NewPassword(CliContext& context, const std::string& user) {
  ASSIGN_OR_RETURN(std::string password, ReadPassword(context, "Password of " + user + ": "));
  RETURN_IF_ERROR(web::CheckPassword(password));
  if (::isatty(::fileno(context.in)) == 0) return password;
  ASSIGN_OR_RETURN(std::string again, ReadPassword(context, "Once more: "));
  if (again != password) return Status(Code::kInvalidArgument, "the two differ");
  return password;
}

// adduser NAME --role R; passwd NAME.
Status PutUser(CliContext& context, const std::string& name, std::optional<web::Role> role, bool fresh) {
  const std::string path = UsersPath(context);
  if (!web::IsUserName(name)) return Status(Code::kInvalidArgument, name + " is no user name");
  ASSIGN_OR_RETURN(web::ConsoleUsers users, web::ConsoleUsers::Read(context.disk, path));
  const web::ConsoleUser* known = users.Find(name);
  if (fresh && known != nullptr) return Status(Code::kAlreadyExists, name + " is there already: tusk console passwd " + name);
  if (!fresh && known == nullptr) return Status(Code::kFileNotFound, "there is no " + name + ": tusk console adduser " + name + " --role ROLE");
  if (!role) role = known->role;
  ASSIGN_OR_RETURN(std::string password, NewPassword(context, name));
  users.Put(name, {*role, web::HashPassword(password, context.random)});
  return users.Write(context.disk, path);
}

}  // namespace

Result<std::string> ReadPassword(CliContext& context, const std::string& prompt) {
  const int descriptor = ::fileno(context.in);
  termios shown{};
  const bool terminal = ::isatty(descriptor) != 0 && ::tcgetattr(descriptor, &shown) == 0;
  if (terminal) {
    std::fputs(prompt.c_str(), context.err);
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(descriptor, TCSAFLUSH, &hidden);
  }
  std::string line;
  int c = 0;
  while ((c = std::fgetc(context.in)) != EOF && c != '\n' && line.size() <= 4096) line += static_cast<char>(c);
  if (terminal) {
    ::tcsetattr(descriptor, TCSAFLUSH, &shown);
    std::fputs("\n", context.err);
  }
  if (line.empty()) return Status(Code::kInvalidArgument, "no password was given on the terminal or stdin");
  return line;
}

std::optional<int> RunConsoleUsers(CliContext& context, const std::vector<std::string>& args) {
  const std::string& action = args[0];
  if (action == "list" && args.size() == 1) {
    auto users = web::ConsoleUsers::Read(context.disk, UsersPath(context));
    if (!users.ok()) return Fail(context, users.status());
    for (const auto& [name, user] : users->users()) {
      std::fprintf(context.out, "%-24s %s\n", name.c_str(), std::string(web::NameOf(user.role)).c_str());
    }
    return 0;
  }
  if (action == "deluser" && args.size() == 2) {
    auto users = web::ConsoleUsers::Read(context.disk, UsersPath(context));
    if (!users.ok()) return Fail(context, users.status());
    if (!users->Remove(args[1])) return Fail(context, Status(Code::kFileNotFound, "there is no " + args[1]));
    Status written = users->Write(context.disk, UsersPath(context));
    return written.ok() ? 0 : Fail(context, written);
  }
  Status done = Status::Ok();
  if (action == "adduser" && args.size() == 4 && args[2] == "--role") {
    const std::optional<web::Role> role = web::RoleOf(args[3]);
    if (!role) return Fail(context, Status(Code::kInvalidArgument, "roles are viewer, operator, admin"));
    done = PutUser(context, args[1], role, true);
  } else if (action == "passwd" && args.size() == 2) {
    done = PutUser(context, args[1], std::nullopt, false);
  } else {
    return std::nullopt;
  }
  return done.ok() ? 0 : Fail(context, done);
}

}  // namespace tusk::tools
