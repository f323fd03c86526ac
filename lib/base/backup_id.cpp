#include <jujubackup/backup_id.hpp>

#include <chrono>
#include <cstddef>

namespace jujubackup {
namespace {

constexpr std::size_t moment_length = 15;  // YYYYMMDD-HHMMSS
constexpr std::size_t max_suffix_length = 200;

// -1 if one of them is no digit.
int number_at(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is_moment(std::string_view text) noexcept {
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 4, 2);
  const int day = number_at(text, 6, 2);
  const int hour = number_at(text, 9, 2);
  const int minute = number_at(text, 11, 2);
  const int second = number_at(text, 13, 2);
  if (year < 1 || month < 1 || day < 1 || text[8] != '-') return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  return date.ok();
}

bool is_safe_in_a_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.<>-").find(c) != std::string_view::npos;
}

}  // namespace

std::string make_backup_id(const Timestamp& started, std::string_view model_uuid) {
  return started.compact() + "." + std::string(model_uuid.empty() ? std::string_view("<unknown>") : model_uuid);
}

bool is_backup_id(std::string_view text) noexcept {
  if (text.size() <= moment_length + 1 || text[moment_length] != '.' || !is_moment(text)) return false;
  const std::string_view suffix = text.substr(moment_length + 1);
  if (suffix.size() > max_suffix_length || suffix.front() == '.') return false;
  for (const char c : suffix) {
    if (!is_safe_in_a_name(c)) return false;
  }
  return true;
}

std::string archive_file_name(std::string_view backup_id) { return "juju-backup-" + std::string(backup_id) + ".tar.gz"; }

std::string download_file_name(const Timestamp& started) { return "juju-backup-" + started.compact() + ".tar.gz"; }

}  // namespace jujubackup
