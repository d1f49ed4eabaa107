// Site files by pugixml, with offsets turned into lines and columns.
#include "tools/tusk/config/site_file.h"

#include <pugixml.hpp>

#include <algorithm>

namespace tusk::tools {
namespace {

constexpr uint64_t kFileBytesMax = 16 << 20;

SitePlace PlaceAt(std::string_view document, ptrdiff_t offset, const std::string& path) {
  const auto end = static_cast<size_t>(std::clamp<ptrdiff_t>(offset, 0, static_cast<ptrdiff_t>(document.size())));
  const std::string_view before = document.substr(0, end);
  const size_t newline = before.rfind('\n');
  return {path, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(newline == std::string_view::npos ? end : end - newline - 1)};
}

std::string TextOf(const pugi::xml_node& node) {
  std::string text;
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::string SitePlace::ToString() const {
  return file + ":" + std::to_string(line) + (column > 0 ? ":" + std::to_string(column) : "");
}

SiteFile ParseSite(std::string_view document, std::string path) {
  SiteFile site{std::move(path), {}, {}};
  pugi::xml_document parsed;
  auto outcome = parsed.load_buffer(document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!outcome) {
    site.errors.push_back({PlaceAt(document, outcome.offset, site.path), outcome.description()});
    return site;
  }
  const pugi::xml_node root = parsed.document_element();
  if (std::string_view(root.name()) != "configuration") {
    site.errors.push_back({PlaceAt(document, root.offset_debug() - 1, site.path),
                           "the outermost element is <" + std::string(root.name()) + ">, not <configuration>"});
    return site;
  }
  for (const auto& node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    const SitePlace place = PlaceAt(document, node.offset_debug() - 1, site.path);  // of the '<'
    if (std::string_view(node.name()) != "property") {
      if (std::string_view(node.name()).find("include") == std::string_view::npos) {
        site.errors.push_back({place, "<" + std::string(node.name()) + "> where <property> is meant; it is passed over"});
      }
      continue;
    }
    const pugi::xml_node name = node.child("name");
    const pugi::xml_node value = node.child("value");
    SiteProperty property{name ? TextOf(name) : node.attribute("name").value(),
                          value ? TextOf(value) : node.attribute("value").value(), TextOf(node.child("final")) == "true",
                          place};
    if (property.key.empty()) {
      site.errors.push_back({place, "<property> without a <name>"});
    } else if (!value && !node.attribute("value")) {
      site.errors.push_back({place, property.key + " has no <value>; it stays unset"});
    } else {
      site.properties.push_back(std::move(property));
    }
  }
  return site;
}

std::vector<SiteFile> ReadSites(Disk& disk, const std::string& folder) {
  std::vector<SiteFile> sites;
  for (std::string_view name : kSiteNames) {
    const std::string path = JoinPath(folder, name);
    auto document = disk.ReadFile(path, kFileBytesMax);
    if (document.ok()) {
      sites.push_back(ParseSite(*document, path));
    } else if (document.code() != Code::kFileNotFound) {
      sites.push_back({path, {}, {{{path, 0, 0}, "cannot be read: " + std::string(document.status().message())}}});
    }
  }
  return sites;
}

}  // namespace tusk::tools
