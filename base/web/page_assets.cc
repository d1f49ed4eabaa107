// Types, tags and compression of the page's files.
#include "base/web/page_assets.h"

#include <zlib.h>

#include "base/core/check.h"
#include "base/security/sha256.h"

namespace tusk::web {
namespace {

constexpr std::string_view kPrefix = "/console/";

struct TypeRow {
  std::string_view suffix;
  const char* type;
};
constexpr TypeRow kTypes[] = {
    {".html", "text/html; charset=utf-8"},    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},      {".svg", "image/svg+xml"},
    {".json", "application/json"},            {".png", "image/png"},
    {".ico", "image/x-icon"},                 {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"}, {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
};

const char* TypeOf(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (name.ends_with(row.suffix)) return row.type;
  }
  return "application/octet-stream";
}

std::string Zip(std::string_view bytes) {
  z_stream stream{};
  TUSK_CHECK(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK) << "zlib is not available";
  std::string zipped(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(zipped.data());
  stream.avail_out = static_cast<uInt>(zipped.size());
  TUSK_CHECK(::deflate(&stream, Z_FINISH) == Z_STREAM_END) << "zlib did not finish";
  zipped.resize(stream.total_out);
  ::deflateEnd(&stream);
  return zipped;
}

}  // namespace

PageAssets::PageAssets(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    Sha256 digest;
    digest.Update(AsBytes(file.bytes));
    Asset asset;
    asset.bytes = file.bytes;
    asset.tag = "\"" + digest.Hex().substr(0, 16) + "\"";
    asset.type = TypeOf(file.name);
    asset.immutable = file.name.starts_with("assets/");
    assets_.emplace(file.name, std::move(asset));
  }
  TUSK_CHECK(assets_.contains("index.html")) << "the bundle has no index.html";
}

Task<void> PageAssets::Serve(http::Exchange& exchange, std::string policy) {
  const http::Request& request = exchange.request();
  std::string_view name = request.path;
  name.remove_prefix(std::min(name.size(), kPrefix.size()));
  auto found = assets_.find(name);
  if (found == assets_.end() && name.starts_with("assets/")) {
    (void)co_await exchange.Reply(404, "text/plain; charset=utf-8", "no such file in this version of the page\n");
    co_return;
  }
  if (found == assets_.end()) found = assets_.find("index.html");
  Asset& asset = found->second;
  http::Response response;
  http::Headers& headers = response.head.headers;
  AddSafetyHeaders(headers);
  headers.Set("Content-Security-Policy", policy);
  headers.Add("Content-Type", asset.type);
  headers.Add("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  headers.Add("ETag", asset.tag);
  headers.Add("Vary", "Accept-Encoding");
  if (request.headers.Get("If-None-Match", "") == asset.tag) {
    response.head.status = 304;
    (void)co_await exchange.Reply(std::move(response));
    co_return;
  }
  bool zipped = request.headers.Get("Accept-Encoding", "").find("gzip") != std::string_view::npos && asset.bytes.size() > 512;
  if (zipped && !asset.tried) {
    asset.tried = true;
    asset.zipped = Zip(asset.bytes);
    if (asset.zipped.size() >= asset.bytes.size()) asset.zipped.clear();
  }
  zipped &= !asset.zipped.empty();
  if (zipped) headers.Add("Content-Encoding", "gzip");
  response.body = zipped ? asset.zipped : std::string(asset.bytes);
  (void)co_await exchange.Reply(std::move(response));
}

void AddSafetyHeaders(http::Headers& headers) {
  headers.Set("X-Content-Type-Options", "nosniff");
  headers.Set("X-Frame-Options", "DENY");
  headers.Set("Referrer-Policy", "no-referrer");
  headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  headers.Set("Cross-Origin-Resource-Policy", "same-origin");
  // Answers of the API are never a page.
  headers.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

std::string ContentSecurityPolicy(std::span<const uint16_t> datanode_ports) {
  std::string datanodes;
  for (uint16_t port : datanode_ports) datanodes += " http://*:" + std::to_string(port);
  return "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:" + datanodes +
         "; connect-src 'self'" + datanodes +
         "; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
}

}  // namespace tusk::web
