// See Tasks.h.
#include "compiler/schedule/Tasks.h"

using namespace mlir;

namespace kiln {

int64_t tasksFor(double work, int64_t units) {
  constexpr double leastWork = 300e3;
  int64_t tasks = 1;
  while (tasks < 8 && work / (tasks * 2) >= leastWork && tasks * 2 <= units)
    tasks *= 2;
  return tasks;
}

KernelChoice scheduled(MLIRContext *context, RegisterTile tile, kernel::LoopOrder order,
                       int64_t tasks) {
  KernelChoice choice;
  choice.schedule = kernel::ScheduleAttr::get(context, tile.rows, tile.columns, order, tasks,
                                              tile.filters, tile.lanes);
  return choice;
}

void addOtherTasks(SmallVector<KernelChoice> &choices, int64_t units) {
  constexpr int64_t mostTasks = 16;
  KernelChoice first = choices.front();
  auto schedule = cast<kernel::ScheduleAttr>(first.schedule);
  first.differsInTasks = true;
  for (int64_t tasks : {schedule.getTasks() / 2, schedule.getTasks() * 2}) {
    if (tasks < 1 || tasks > std::min(units, mostTasks))
      continue;
    first.schedule = kernel::ScheduleAttr::get(schedule.getContext(), schedule.getRows(),
                                               schedule.getColumns(), schedule.getOrder(), tasks,
                                               schedule.getFilters(), schedule.getLanes());
    choices.push_back(first);
  }
}

SmallVector<KernelChoice> tasksAlone(MLIRContext *context, kernel::LoopOrder order, Work work) {
  SmallVector<KernelChoice> choices = {scheduled(context, {1, 1}, order, work.tasks())};
  addOtherTasks(choices, work.units);
  return choices;
}

} // namespace kiln
