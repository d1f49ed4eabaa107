// See the header.
#include "tools/tusk/pages/page_reader.h"

#include "base/async/loop_thread.h"
#include "base/http/client.h"

namespace tusk::tools {
namespace {

constexpr std::chrono::seconds kPatience{3};

}  // namespace

struct PageReader::Http {
  explicit Http(CliContext& cli) : thread(cli.clock, cli.random, cli.disk, "pages"), client(http::Client::Make(thread.env())) {}
  ~Http() {
    // Kept connections belong to the loop's thread.
    [[maybe_unused]] const Status dropped = thread.Run(Drop(client));
  }
  static Task<Status> Drop(std::unique_ptr<http::Client>& client) {
    client.reset();
    co_return Status::Ok();
  }
  LoopThread thread;
  std::unique_ptr<http::Client> client;
};

const nlohmann::json* Page::Bean(const std::string& name) const {
  if (!json.is_object() || !json.contains("beans")) return nullptr;
  for (const auto& bean : json["beans"]) {
    if (bean.is_object() && bean.value("name", "") == name) return &bean;
  }
  return nullptr;
}

PageReader::PageReader(CliContext& cli) : cli_(cli), http_(std::make_unique<Http>(cli)) {}
PageReader::~PageReader() = default;

Result<Page> PageReader::Get(const HostPort& at, const std::string& target) {
  const std::string url = "http://" + at.ToString() + target;
  const int64_t asked = cli_.clock.WallMillis();
  ASSIGN_OR_RETURN(http::Response answer, http_->thread.Run(http_->client->Get(url, http_->thread.loop().In(kPatience))));
  if (answer.head.status != 200) return Status(Code::kIOError, url + " answers " + std::to_string(answer.head.status));
  return Page{nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false),
              std::string(answer.head.headers.Get("Date", "")), asked};
}

nlohmann::json InnerJson(const nlohmann::json& bean, const char* attribute) {
  const auto found = bean.find(attribute);
  if (found == bean.end() || !found->is_string()) return nlohmann::json::object();
  nlohmann::json inner = nlohmann::json::parse(found->get<std::string>(), nullptr, false);
  return inner.is_object() ? inner : nlohmann::json::object();
}

}  // namespace tusk::tools
