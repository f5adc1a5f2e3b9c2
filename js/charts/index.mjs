export const x = 1; export function liveCharts(){return 0}
