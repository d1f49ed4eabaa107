// Hadoop's XML configuration files, in and out, by pugixml. No external entity is ever resolved.
#include <pugixml.hpp>

#include <algorithm>

#include "base/config/configuration.h"
#include "base/config/deprecated_keys_internal.h"

namespace tusk {
namespace {

constexpr uint64_t kFileBytesMax = 16 << 20;

Status Malformed(const std::string& source, std::string_view document, ptrdiff_t offset, std::string_view what) {
  auto end = document.begin() + std::clamp<ptrdiff_t>(offset, 0, static_cast<ptrdiff_t>(document.size()));
  auto line = 1 + std::count(document.begin(), end, '\n');
  std::string message = source + ":" + std::to_string(line) + ": ";
  return Status(Code::kInvalidArgument, message.append(what));
}

std::string_view TrimText(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

void AppendEscaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
}

// All text below a node: a value may be split by comments or CDATA.
std::string TextOf(const pugi::xml_node& node) {
  std::string text;
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

}  // namespace

Status Configuration::LoadFolder(Disk& disk, const std::string& folder) {
  for (const char* name : {"core-site.xml", "hdfs-site.xml", "yarn-site.xml", "mapred-site.xml", "capacity-scheduler.xml"}) {
    std::string path = JoinPath(folder, name);
    Status loaded = LoadFile(disk, path);
    if (!loaded.ok() && loaded.code() != Code::kFileNotFound) return loaded;
  }
  return Status::Ok();
}

Status Configuration::LoadFile(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(std::string document, disk.ReadFile(path, kFileBytesMax));
  return LoadXml(document, path);
}

Status Configuration::LoadXml(std::string_view document, const std::string& source) {
  pugi::xml_document parsed;
  auto outcome = parsed.load_buffer(document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!outcome) return Malformed(source, document, outcome.offset, outcome.description());
  pugi::xml_node root = parsed.document_element();
  if (std::string_view(root.name()) != "configuration") {
    return Malformed(source, document, root.offset_debug(), "the top-level element is not <configuration>");
  }
  for (const auto& property : root.children()) {
    if (std::string_view(property.name()) != "property") continue;
    pugi::xml_node name = property.child("name");
    std::string key_text = name ? TextOf(name) : property.attribute("name").value();
    std::string_view key = TrimText(key_text);
    if (key.empty()) return Malformed(source, document, property.offset_debug(), "<property> without a <name>");
    pugi::xml_node value = property.child("value");
    if (!value && !property.attribute("value")) continue;  // as Hadoop: a property without a value is not set
    std::string final_text = TextOf(property.child("final"));
    Entry& entry = entries_[std::string(CurrentKeyOf(key))];
    if (entry.is_final) continue;
    entry.value = value ? TextOf(value) : property.attribute("value").value();
    entry.source = source;
    entry.is_final = TrimText(final_text) == "true";
  }
  return Status::Ok();
}

std::string Configuration::ToXml() const {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><configuration>\n";
  for (const auto& [key, entry] : entries_) {
    out += "<property><name>";
    AppendEscaped(out, key);
    out += "</name><value>";
    AppendEscaped(out, entry.value);
    out += "</value><final>";
    out += entry.is_final ? "true" : "false";
    out += "</final><source>";
    AppendEscaped(out, BaseName(entry.source));
    out += "</source></property>\n";
  }
  return out + "</configuration>\n";
}

}  // namespace tusk
