// protoc-gen-tuskrpc: for x.proto writes x.rpc.h and x.rpc.cc, the typed services and clients of its `service` blocks.
//
// A service's leading comment holds the line "tusk: protocol <java name>", an rpc's one of "tusk: idempotent",
// "tusk: at-most-once", "tusk: never". Anything else is an error, so that no rpc gets a retry policy by accident.
#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/printer.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace pb = google::protobuf;
using pb::io::Printer;
using Variables = std::map<std::string, std::string>;

std::string ReplaceDots(std::string_view name) {
  std::string out;
  for (char c : name) out += c == '.' ? std::string("::") : std::string(1, c);
  return out;
}

std::string CppName(const pb::Descriptor* message) { return "::" + ReplaceDots(message->full_name()); }

std::string PascalCase(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string Stem(const std::string& proto) { return proto.substr(0, proto.rfind(".proto")); }

// What follows "tusk: " in the comment before `descriptor`.
template <typename Descriptor>
std::optional<std::string> Directive(const Descriptor* descriptor) {
  pb::SourceLocation location;
  if (!descriptor->GetSourceLocation(&location)) return std::nullopt;
  std::istringstream lines(location.leading_comments);
  for (std::string line; std::getline(lines, line);) {
    size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line.compare(first, 6, "tusk: ") != 0) continue;
    size_t last = line.find_last_not_of(" \t\r");
    return line.substr(first + 6, last - first - 5);
  }
  return std::nullopt;
}

std::optional<std::string> RetryPolicyOf(const pb::MethodDescriptor* method) {
  std::optional<std::string> directive = Directive(method);
  if (directive == "idempotent") return "kIdempotent";
  if (directive == "at-most-once") return "kAtMostOnce";
  if (directive == "never") return "kNever";
  return std::nullopt;
}

std::optional<std::string> ProtocolOf(const pb::ServiceDescriptor* service) {
  std::optional<std::string> directive = Directive(service);
  constexpr std::string_view kPrefix = "protocol ";
  if (!directive || directive->compare(0, kPrefix.size(), kPrefix) != 0) return std::nullopt;
  return directive->substr(kPrefix.size());
}

bool Check(const pb::FileDescriptor* file, std::string* error) {
  for (int s = 0; s < file->service_count(); ++s) {
    const pb::ServiceDescriptor* service = file->service(s);
    if (!ProtocolOf(service)) {
      *error = service->full_name() + ": needs a comment \"// tusk: protocol <java name>\"";
      return false;
    }
    for (int m = 0; m < service->method_count(); ++m) {
      const pb::MethodDescriptor* method = service->method(m);
      if (!RetryPolicyOf(method)) {
        *error = method->full_name() + ": needs a comment \"// tusk: idempotent|at-most-once|never\"";
        return false;
      }
      if (method->client_streaming() || method->server_streaming()) {
        *error = method->full_name() + ": streams do not exist in Hadoop RPC";
        return false;
      }
    }
  }
  if (file->service_count() > 0 && file->options().optimize_for() != pb::FileOptions::LITE_RUNTIME) {
    *error = file->name() + ": needs option optimize_for = LITE_RUNTIME";
    return false;
  }
  return true;
}

// The tables that name missing required fields, which the lite runtime cannot (base/rpc/typed.h).
class RequiredTables {
 public:
  // Whether `message` or anything in it has a required field; such messages get a table.
  bool Needs(const pb::Descriptor* message) {
    auto [known, fresh] = needs_.try_emplace(message, false);
    if (!fresh) return known->second;
    bool needs = false;
    for (int f = 0; f < message->field_count(); ++f) {
      const pb::FieldDescriptor* field = message->field(f);
      if (field->is_required()) needs = true;
      if (field->message_type() != nullptr && Needs(field->message_type())) needs = true;
    }
    needs_[message] = needs;
    if (needs) order_.push_back(message);
    return needs;
  }

  void Print(Printer& out) const {
    for (const pb::Descriptor* message : order_) {
      out.Print("extern const tusk::rpc::RequiredFields $name$;\n", "name", Name(message));
    }
    for (const pb::Descriptor* message : order_) {
      out.Print("const tusk::rpc::RequiredFields $name${{\n", "name", Name(message));
      for (int f = 0; f < message->field_count(); ++f) {
        const pb::FieldDescriptor* field = message->field(f);
        const pb::Descriptor* child = field->message_type();
        bool child_needs = child != nullptr && needs_.at(child);
        if (!field->is_required() && !child_needs) continue;
        out.Print("    {$number$, \"$field$\", $required$, $repeated$, $child$},\n", "number",
                  std::to_string(field->number()), "field", field->name(), "required",
                  field->is_required() ? "true" : "false", "repeated", field->is_repeated() ? "true" : "false",
                  "child", child_needs ? "&" + Name(child) : "nullptr");
      }
      out.Print("}};\n");
    }
  }

  static std::string Name(const pb::Descriptor* message) {
    std::string name = "kRequired_";
    for (char c : message->full_name()) name += c == '.' ? '_' : c;
    return name;
  }

 private:
  std::map<const pb::Descriptor*, bool> needs_;
  std::vector<const pb::Descriptor*> order_;
};

Variables MethodVariables(const pb::MethodDescriptor* method) {
  return {{"wire", method->name()},
          {"Method", PascalCase(method->name())},
          {"Req", CppName(method->input_type())},
          {"Resp", CppName(method->output_type())},
          {"Service", method->service()->name()},
          {"policy", *RetryPolicyOf(method)}};
}

void PrintServiceHeader(Printer& out, const pb::ServiceDescriptor* service) {
  Variables names{{"Service", service->name()}, {"protocol", *ProtocolOf(service)}};
  out.Print(names,
            "class $Service$Service : public tusk::rpc::Service {\n"
            " public:\n"
            "  static constexpr std::string_view kProtocol = \"$protocol$\";\n"
            "  std::string_view protocol() const override { return kProtocol; }\n"
            "  std::vector<tusk::rpc::Method> methods() override;\n"
            "  // One that is not overridden answers as Hadoop does for an unknown method.\n");
  for (int m = 0; m < service->method_count(); ++m) {
    out.Print(MethodVariables(service->method(m)),
              "  virtual tusk::Task<tusk::Result<$Resp$>> $Method$(\n"
              "      tusk::rpc::CallContext& call, const $Req$& request);\n");
  }
  out.Print(names,
            "};\n\n"
            "class $Service$Client {\n"
            " public:\n"
            "  static constexpr std::string_view kProtocol = \"$protocol$\";\n"
            "  explicit $Service$Client(tusk::rpc::Channel channel) : channel_(std::move(channel)) {}\n"
            "  const tusk::rpc::Channel& channel() const { return channel_; }\n");
  for (int m = 0; m < service->method_count(); ++m) {
    out.Print(MethodVariables(service->method(m)),
              "  tusk::Task<tusk::Result<$Resp$>> $Method$(const $Req$& request) const {\n"
              "    return $Method$(request, channel_.defaults());\n"
              "  }\n"
              "  tusk::Task<tusk::Result<$Resp$>> $Method$(\n"
              "      const $Req$& request, tusk::rpc::CallOptions options) const;\n");
  }
  out.Print("\n private:\n  tusk::rpc::Channel channel_;\n};\n\n");
}

void PrintServiceSource(Printer& out, const pb::ServiceDescriptor* service, RequiredTables& tables) {
  for (int m = 0; m < service->method_count(); ++m) {
    Variables names = MethodVariables(service->method(m));
    out.Print(names,
              "tusk::Task<tusk::Result<$Resp$>> $Service$Service::$Method$(\n"
              "    tusk::rpc::CallContext& call, const $Req$&) {\n"
              "  return tusk::rpc::NotServed<$Resp$>(call);\n"
              "}\n"
              "tusk::Task<tusk::Result<$Resp$>> $Service$Client::$Method$(\n"
              "    const $Req$& request, tusk::rpc::CallOptions options) const {\n"
              "  return tusk::rpc::CallTyped<$Resp$>(\n"
              "      channel_, {kProtocol, \"$wire$\", tusk::rpc::RetryPolicy::$policy$},\n"
              "      tusk::rpc::SerializeMessage(request), options);\n"
              "}\n");
  }
  out.Print("std::vector<tusk::rpc::Method> $Service$Service::methods() {\n"
            "  std::vector<tusk::rpc::Method> all;\n",
            "Service", service->name());
  for (int m = 0; m < service->method_count(); ++m) {
    const pb::Descriptor* request = service->method(m)->input_type();
    Variables names = MethodVariables(service->method(m));
    names["required"] = tables.Needs(request) ? "&" + RequiredTables::Name(request) : "nullptr";
    out.Print(names,
              "  all.push_back(tusk::rpc::TypedMethod<&$Service$Service::$Method$>(\n"
              "      *this, \"$wire$\", tusk::rpc::RetryPolicy::$policy$, $required$));\n");
  }
  out.Print("  return all;\n}\n\n");
}

class Generator : public pb::compiler::CodeGenerator {
 public:
  bool Generate(const pb::FileDescriptor* file, const std::string&, pb::compiler::GeneratorContext* context,
                std::string* error) const override {
    if (!Check(file, error)) return false;
    std::string stem = Stem(file->name());
    std::string cpp_namespace = ReplaceDots(file->package());
    {
      std::unique_ptr<pb::io::ZeroCopyOutputStream> stream(context->Open(stem + ".rpc.h"));
      Printer out(stream.get(), '$');
      out.Print("// Generated by protoc-gen-tuskrpc from $file$; do not edit.\n#pragma once\n\n", "file", file->name());
      if (file->service_count() > 0) {
        out.Print("#include \"base/rpc/client.h\"\n#include \"base/rpc/service.h\"\n#include \"$stem$.pb.h\"\n\n", "stem", stem);
        out.Print("namespace $ns$ {\n\n", "ns", cpp_namespace);
        for (int s = 0; s < file->service_count(); ++s) PrintServiceHeader(out, file->service(s));
        out.Print("}  // namespace $ns$\n", "ns", cpp_namespace);
      }
    }
    std::unique_ptr<pb::io::ZeroCopyOutputStream> stream(context->Open(stem + ".rpc.cc"));
    Printer out(stream.get(), '$');
    out.Print("// Generated by protoc-gen-tuskrpc from $file$; do not edit.\n#include \"$stem$.rpc.h\"\n", "file",
              file->name(), "stem", stem);
    if (file->service_count() == 0) return true;
    out.Print("\n#include \"base/rpc/typed.h\"\n\nnamespace $ns$ {\n\n", "ns", cpp_namespace);
    RequiredTables tables;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) tables.Needs(file->service(s)->method(m)->input_type());
    }
    out.Print("namespace {\n");
    tables.Print(out);
    out.Print("}  // namespace\n\n");
    for (int s = 0; s < file->service_count(); ++s) PrintServiceSource(out, file->service(s), tables);
    out.Print("}  // namespace $ns$\n", "ns", cpp_namespace);
    return true;
  }

  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace

int main(int argc, char* argv[]) {
  Generator generator;
  return pb::compiler::PluginMain(argc, argv, &generator);
}
