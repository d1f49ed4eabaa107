// -getfattr and -setfattr.
#include <algorithm>
#include <optional>
#include <ostream>

#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

// "OPTION VALUE" from anywhere before "--"; nothing where it is not there.
Result<std::optional<std::string>> TakeValue(std::vector<std::string>& args, const std::string& option) {
  auto end = std::find(args.begin(), args.end(), "--");
  auto found = std::find(args.begin(), end, option);
  if (found == end) return std::optional<std::string>();
  if (found + 1 == end) return WrongArguments("option " + option + " requires 1 argument");
  std::string value = *(found + 1);
  args.erase(found, found + 2);
  return std::optional<std::string>(std::move(value));
}

// A name without a namespace is wrong usage.
Status CheckName(const std::string& name) {
  auto parsed = ParseXAttrName(name);
  return parsed.ok() ? Status::Ok() : WrongArguments(std::string(parsed.status().message()));
}

class GetFattr : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(name_, TakeValue(args, "-n"));
    ASSIGN_OR_RETURN(std::optional<std::string> encoding, TakeValue(args, "-e"));
    if (encoding.has_value()) {
      auto codec = ParseXAttrCodec(*encoding);
      if (!codec.has_value()) return WrongArguments("Invalid/unsupported encoding option specified: " + *encoding);
      codec_ = *codec;
    }
    ASSIGN_OR_RETURN(ParsedOptions options,
                     ParseCommandOptions({.args_min = 0, .args_max = SIZE_MAX, .flags = {"d", "R"}, .values = {}}, args));
    recursive_ = options.has("R");
    all_ = options.has("d");
    if (!all_ && !name_.has_value()) return WrongArguments("Must specify '-n name' or '-d' option.");
    RETURN_IF_ERROR(ExactlyOnePath(args));
    return all_ ? Status::Ok() : CheckName(*name_);
  }
  Status ProcessPath(PathData& item) override {
    out() << "# file: " << item.text << "\n";
    std::vector<XAttr> wanted;
    if (!all_) {
      ASSIGN_OR_RETURN(XAttr attribute, ParseXAttrName(*name_));
      wanted.push_back(std::move(attribute));
    }
    ASSIGN_OR_RETURN(std::vector<XAttr> found, item.fs.GetXAttrs(item.path, wanted));
    std::sort(found.begin(), found.end(),
              [](const XAttr& a, const XAttr& b) { return PrefixedName(a) < PrefixedName(b); });
    for (const XAttr& attribute : found) {
      out() << PrefixedName(attribute);
      if (!attribute.value.empty()) out() << "=" << EncodeXAttrValue(attribute.value, codec_);
      out() << "\n";
    }
    return Status::Ok();
  }

 private:
  std::optional<std::string> name_;
  bool all_ = false;
  XAttrCodec codec_ = XAttrCodec::kText;
};

class SetFattr : public Command {
 protected:
  Status ProcessOptions(std::vector<std::string>& args) override {
    ASSIGN_OR_RETURN(std::optional<std::string> name, TakeValue(args, "-n"));
    ASSIGN_OR_RETURN(std::optional<std::string> value, TakeValue(args, "-v"));
    ASSIGN_OR_RETURN(std::optional<std::string> removed, TakeValue(args, "-x"));
    if (value.has_value()) {
      ASSIGN_OR_RETURN(value_, DecodeXAttrValue(*value));
    }
    if (name.has_value() && removed.has_value()) {
      return WrongArguments("Can not specify both '-n name' and '-x name' option.");
    }
    if (!name.has_value() && !removed.has_value()) return WrongArguments("Must specify '-n name' or '-x name' option.");
    removes_ = removed.has_value();
    name_ = removes_ ? *removed : *name;
    RETURN_IF_ERROR(ExactlyOnePath(args));
    return CheckName(name_);
  }
  Status ProcessPath(PathData& item) override {
    ASSIGN_OR_RETURN(XAttr attribute, ParseXAttrName(name_, value_));
    if (removes_) return item.fs.RemoveXAttr(item.path, attribute);
    return item.fs.SetXAttr(item.path, attribute, kXAttrCreate | kXAttrReplace);
  }

 private:
  std::string name_;
  std::string value_;
  bool removes_ = false;
};

}  // namespace

void AddXAttrVerbs(std::vector<Verb>& verbs) {
  verbs.push_back({{"getfattr", "[-R] {-n name | -d} [-e en] <path>",
                    "Shows extended attributes.\n"
                    "  -n  the one of this name\n"
                    "  -d  all of them\n"
                    "  -e  values as text (in quotes), hex (0x...) or base64 (0s...)\n"
                    "  -R  folders with all in them",
                    ""},
                   [] { return std::make_unique<GetFattr>(); }});
  verbs.push_back({{"setfattr", "{-n name [-v value] | -x name} <path>",
                    "Sets an extended attribute, or takes it away.\n"
                    "  -n  its name, with the namespace: user.color\n"
                    "  -v  its value: text, 0x and hex, 0s and base64\n"
                    "  -x  the one to take away",
                    ""},
                   [] { return std::make_unique<SetFattr>(); }});
}

}  // namespace tusk::dfs
