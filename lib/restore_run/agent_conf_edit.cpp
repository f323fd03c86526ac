#include "restore_run/agent_conf_edit.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/yaml.hpp"
#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;
constexpr std::string_view first_line = "# format 2.0";

[[noreturn]] void wrong(const std::string& what) { throw Error(ErrorCode::corrupt, "agent.conf: " + what); }

Value::Object parse_conf(std::string_view text) {
  if (text.substr(0, text.find_first_of("\r\n")) != first_line) wrong("the first line is not \"# format 2.0\"");
  Value conf;
  try {
    conf = parse_yaml(text);
  } catch (Error& error) {
    error.add_context("agent.conf");
    throw;
  }
  if (conf.object() == nullptr) wrong("it is not a mapping");
  return *conf.object();
}

// Two mappings with the same values, in whatever order.
std::string sorted_text(Value::Object conf) {
  std::sort(conf.begin(), conf.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return write_json(conf);
}

void set(Value::Object& conf, std::string_view key, Value value) {
  const auto found = std::find_if(conf.begin(), conf.end(), [&](const auto& each) { return each.first == key; });
  if (found == conf.end()) {
    conf.emplace_back(key, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

// Whether a line goes on with the value of a key in the first column: indented, an item of a list, or nothing.
bool goes_on(std::string_view line) {
  if (line.empty() || line == "\r") return true;
  return line.front() == ' ' || line.front() == '\t' || line == "-" || line.starts_with("- ");
}

// The lines of `key` with its value exchanged by those of `lines`, or these added at the end.
std::string exchange_lines(std::string_view text, std::string_view key, const std::string& lines) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find('\n', at);
    end = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key) && line.substr(key.size()).starts_with(":")) {
      while (end < text.size()) {
        const std::size_t next = text.find('\n', end);
        if (!goes_on(text.substr(end, next - end))) break;
        end = next == std::string_view::npos ? text.size() : next + 1;
      }
      return std::string(text.substr(0, at)) + lines + std::string(text.substr(end));
    }
    at = end;
  }
  const bool open_end = !text.empty() && text.back() != '\n';
  return std::string(text) + (open_end ? "\n" : "") + lines;
}

bool says(const std::string& text, const std::string& wanted) {
  try {
    return sorted_text(parse_conf(text)) == wanted;
  } catch (const Error&) {
    return false;
  }
}

std::int64_t number(const Value& value, std::string_view key) {
  const Value* found = value.find(key);
  if (found == nullptr || found->integer() == nullptr) throw Error(ErrorCode::corrupt, "what was noted of agent.conf is not complete");
  return *found->integer();
}

}  // namespace

std::string edit_agent_conf(std::string_view text, const AgentConfEdit& edit) {
  Value::Object conf = parse_conf(text);
  std::vector<std::pair<std::string, Value>> changes;
  for (const auto& [key, list] : {std::pair("apiaddresses", &edit.api_addresses), std::pair("stateaddresses", &edit.state_addresses)}) {
    if (!list->empty()) changes.emplace_back(key, Value::Array(list->begin(), list->end()));
  }
  if (!edit.upgraded_to_version.empty()) changes.emplace_back("upgradedToVersion", edit.upgraded_to_version);

  std::string edited(text);
  const std::string before = sorted_text(conf);
  for (const auto& [key, value] : changes) {
    set(conf, key, value);
    // What says so already keeps its form.
    if (sorted_text(conf) == before) continue;
    edited = exchange_lines(edited, key, write_yaml(Value::Object{{key, value}}));
  }
  const std::string wanted = sorted_text(conf);
  if (says(edited, wanted)) return edited;
  edited = std::string(first_line) + "\n" + write_yaml(conf);
  if (!says(edited, wanted)) throw Error(ErrorCode::unsupported, "agent.conf: it is written in a way that cannot be changed safely");
  return edited;
}

std::string read_conf(const std::string& path) { return read_small_file(path, max_conf_bytes); }

ConfMeta conf_meta(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw Error::from_errno(errno, "looking at " + path);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::unsupported, path + ": is not a regular file");
  return {status.st_mode & 07777U, status.st_uid, status.st_gid, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void write_conf(const std::string& path, std::string_view text, const ConfMeta& meta, bool keep_mtime) {
  const std::string directory = parent_of(path);
  remove_stale_temps(directory);
  TempFile file(directory);
  if (::geteuid() == 0 && ::fchown(file.fd(), static_cast<uid_t>(meta.uid), static_cast<gid_t>(meta.gid)) != 0) {
    throw Error::from_errno(errno, "setting the owner of " + path);
  }
  file.write(std::as_bytes(std::span(text)));
  if (::fchmod(file.fd(), meta.mode & 07777U) != 0) throw Error::from_errno(errno, "setting the mode of " + path);
  if (keep_mtime) {
    const struct timespec times[2] = {{0, UTIME_OMIT}, {meta.mtime_s, meta.mtime_ns}};
    if (::futimens(file.fd(), times) != 0) throw Error::from_errno(errno, "setting the time of " + path);
  }
  file.publish(path.substr(path.rfind('/') + 1), true);
}

Value value_of(const ConfMeta& meta) {
  return Value::Object{
      {"mode", std::int64_t{meta.mode}}, {"uid", meta.uid}, {"gid", meta.gid}, {"mtime-s", meta.mtime_s}, {"mtime-ns", meta.mtime_ns}};
}

ConfMeta conf_meta_from(const Value& value) {
  return {static_cast<std::uint32_t>(number(value, "mode")), number(value, "uid"), number(value, "gid"), number(value, "mtime-s"),
          number(value, "mtime-ns")};
}

}  // namespace jujubackup::restore_run
