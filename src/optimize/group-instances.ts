/**
 * True for an instance, by its lifecycle state, that the size of its Auto Scaling group counts. Those in standby and in a warm pool are
 * beside it, and stay when it is lowered: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
 */
export function isCounted(state: string): boolean {
  return state !== 'Standby' && !state.startsWith('Warmed:');
}
