#include "rebootstrap/client_copy.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include <jujubackup/client_backup.hpp>
#include <jujubackup/error.hpp>
#include <jujubackup/io.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "client/files.hpp"
#include "io/temp_file.hpp"
#include "io/walk.hpp"

namespace jujubackup::rebootstrapping {
namespace {

// YAML files, keys and cookies; what is larger is no client directory.
constexpr std::size_t max_copy_bytes = std::size_t{256} << 20;
constexpr const char* copy_name = "juju";
constexpr std::string_view controllers_key = "controllers";

Value::Object parse_client_file(std::string_view text) {
  TextLimits limits;
  limits.max_bytes = client::max_file_bytes;
  const Value file = parse_yaml(text, limits);
  return file.object() == nullptr ? Value::Object() : *file.object();
}

Value::Object* entries_of(Value::Object& file, Value::Object& copy) {
  for (auto& [key, value] : file) {
    if (key != controllers_key || value.object() == nullptr) continue;
    copy = *value.object();
    return &copy;
  }
  return nullptr;
}

void put_entries(Value::Object& file, Value::Object entries) {
  const auto found = std::find_if(file.begin(), file.end(), [](const auto& member) { return member.first == controllers_key; });
  if (found != file.end()) found->second = Value(std::move(entries));
}

}  // namespace

std::string make_work_dir(const std::string& client_dir) {
  std::string path = join_path(client_dir, "rebootstrap-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) throw Error::from_errno(errno, "making a directory in " + client_dir);
  return path;
}

std::string copy_client_dir(const std::string& client_dir, const std::string& work_dir, Job* job) {
  ClientBackupOptions backup;
  backup.directory = client_dir;
  backup.cookie_jar = false;
  MemorySink sink(max_copy_bytes);
  backup_client(backup, sink, job);
  ClientRestoreOptions restore;
  restore.directory = join_path(work_dir, copy_name);
  restore.cookie_jar = false;
  const auto source = source_of_memory(sink.bytes(), "the copy of " + client_dir);
  restore_client(*source, restore, job);
  return restore.directory;
}

void forget_controller(const std::string& client_dir, const std::string& controller) {
  for (const char* name : {"controllers.yaml", "accounts.yaml", "models.yaml", "bootstrap-config.yaml"}) {
    const std::string text = read_client_file(client_dir, name);
    if (text.empty()) continue;
    Value::Object file = parse_client_file(text);
    Value::Object entries;
    if (entries_of(file, entries) == nullptr) continue;
    std::erase_if(entries, [&](const auto& entry) { return entry.first == controller; });
    put_entries(file, std::move(entries));
    std::erase_if(file, [&](const auto& member) {
      return (member.first == "current-controller" || member.first == "previous-controller") && member.second.string() != nullptr &&
             *member.second.string() == controller;
    });
    write_private(client_dir, name, write_yaml(file));
  }
}

void write_private(const std::string& directory, const std::string& name, std::string_view text) {
  TempFile file(directory);
  file.write(std::as_bytes(std::span(text)));
  file.publish(name, true);
}

void remove_private(const std::string& directory, const std::string& name) {
  const std::string path = join_path(directory, name);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) throw Error::from_errno(error.value(), "removing " + path);
}

void remove_work_dir(const std::string& work_dir) {
  std::error_code error;
  std::filesystem::remove_all(work_dir, error);
  if (error) throw Error::from_errno(error.value(), "removing " + work_dir);
}

std::string with_uuid(std::string_view text, const std::string& controller, const std::string& uuid) {
  Value::Object file = parse_client_file(text);
  Value::Object entries;
  if (entries_of(file, entries) == nullptr) throw Error(ErrorCode::corrupt, "controllers.yaml names no controllers");
  for (auto& [name, entry] : entries) {
    if (name != controller || entry.object() == nullptr) continue;
    Value::Object changed = *entry.object();
    for (auto& [key, value] : changed) {
      if (key == "uuid") value = Value(uuid);
    }
    entry = Value(std::move(changed));
  }
  put_entries(file, std::move(entries));
  return write_yaml(file);
}

std::string read_client_file(const std::string& client_dir, const std::string& name) {
  const std::string path = join_path(client_dir, name);
  try {
    return read_small_file(path, client::max_file_bytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return "";
    throw;
  }
}

ClientAccount account_of(const std::string& client_dir, const std::string& controller) {
  const auto accounts = client::parse_accounts(read_client_file(client_dir, "accounts.yaml"));
  const auto found = accounts.find(controller);
  return found == accounts.end() ? ClientAccount() : found->second;
}

}  // namespace jujubackup::rebootstrapping
