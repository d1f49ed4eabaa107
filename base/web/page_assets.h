// PageAssets: the console's page. Files with a hash in their name are kept by browsers for ever; every other path below
// /console/ is a route of the page and gets index.html.
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/http/server.h"
#include "base/web/embedded_files.h"

namespace tusk::web {

class PageAssets {
 public:
  explicit PageAssets(std::span<const EmbeddedFile> files);
  // `policy`: the page's Content-Security-Policy.
  Task<void> Serve(http::Exchange& exchange, std::string policy);

 private:
  struct Asset {
    std::string_view bytes;
    std::string zipped;  // made when first asked for; empty: not smaller
    bool tried = false;
    std::string tag;
    const char* type = "";
    bool immutable = false;
  };
  std::map<std::string, Asset, std::less<>> assets_;
};

// What every answer of the console says, so that a page of it does only what it is meant to.
void AddSafetyHeaders(http::Headers& headers);
// The policy of the page; `datanode_ports` are where file bytes come from.
std::string ContentSecurityPolicy(std::span<const uint16_t> datanode_ports);

}  // namespace tusk::web
