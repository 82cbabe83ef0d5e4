// SPDX-License-Identifier: Apache-2.0
#include "operator/program/directory_backend.hpp"

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/store/directory.hpp"
#include "operator/store/directory_lock.hpp"

namespace sallyport::program {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashLength = 16;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Absolute, without `..` and without a slash at the end.
Result<std::string> absolute(const std::string& path, const char* flag) {
  std::error_code ec;
  fs::path whole = fs::absolute(path, ec).lexically_normal();
  if (ec) return Error{Code::InvalidSpec, ec.message(), flag, {}};
  if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
  return whole.string();
}

class DirectoryBackend final : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> open(const Settings& settings) {
    store::DirectoryOptions options;
    options.manifests = TRY(absolute(settings.manifests, "--manifests"));
    std::error_code ec;
    if (!fs::is_directory(options.manifests, ec))
      return Error{Code::InvalidSpec, "is not a directory: '" + options.manifests + "'", "--manifests", {}};
    options.state =
        settings.state.empty() ? TRY(default_state(options.manifests)) : TRY(absolute(settings.state, "--state"));
    if (options.state == options.manifests)
      return Error{Code::InvalidSpec, "must be another directory than --manifests", "--state", {}};
    TRY(store::DirectoryState(options.state).prepare());
    log::info("working on a directory", {{"manifests", options.manifests}, {"state", options.state}});
    if (!settings.operator_namespace.empty()) options.operator_namespace = settings.operator_namespace;
    options.internal_kinds = {"AccessLedger"};
    return std::unique_ptr<Backend>(std::unique_ptr<DirectoryBackend>(new DirectoryBackend(std::move(options))));
  }

  ~DirectoryBackend() override { release(); }

  store::Store& store() override { return *store_; }

  Result<void> may_write() const override {
    if (lock_.held()) return {};
    std::function<void()> lost;
    {
      const std::lock_guard guard(mutex_);
      if (holding_) lost = lost_;
    }
    if (lost) lost();
    return Error{Code::ShuttingDown, "the lock of the state directory is not held", {}, {}};
  }

  Result<void> acquire(std::stop_token stop) override {
    TRY(lock_.acquire(system_clock(), stop, [](const std::string& holder) {
      log::info("waiting for the state directory, which another process works on", {{"pid", holder}});
    }));
    {
      const std::lock_guard guard(mutex_);
      holding_ = true;
    }
    TRY(store_->take_over());
    store_->watch();
    return {};
  }

  void on_lost(std::function<void()> lost) override {
    const std::lock_guard guard(mutex_);
    lost_ = std::move(lost);
  }

  void break_off() override {}  // a disk answers

  void release() override {
    store_->stop();
    {
      const std::lock_guard guard(mutex_);
      holding_ = false;
    }
    lock_.release();
  }

 private:
  explicit DirectoryBackend(store::DirectoryOptions options) : lock_(options.state) {
    options.may_write = [this] { return may_write(); };
    store_ = std::make_unique<store::DirectoryStore>(std::move(options));
  }

  store::DirectoryLock lock_;
  mutable std::mutex mutex_;
  bool holding_ = false;
  std::function<void()> lost_;
  std::unique_ptr<store::DirectoryStore> store_;
};

}  // namespace

/// XDG Base Directory Specification: $XDG_STATE_HOME, if it is absolute, else ~/.local/state.
Result<std::string> default_state(const std::string& manifests) {
  const std::string directory = TRY(absolute(manifests, "--manifests"));
  const std::string home = environment("HOME");
  std::string base = environment("XDG_STATE_HOME");
  if (!base.starts_with("/")) base = home.starts_with("/") ? home + "/.local/state" : "";
  if (base.empty())
    return Error{Code::InvalidSpec,
                 "is required where neither XDG_STATE_HOME nor HOME says where state may be kept",
                 "--state",
                 {}};
  return base + "/sallyport/" + short_hash(directory, kHashLength);
}

Result<std::unique_ptr<Backend>> open_directory(const Settings& settings) {
  return DirectoryBackend::open(settings);
}

}  // namespace sallyport::program
